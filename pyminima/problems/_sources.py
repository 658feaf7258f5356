"""Citations shared by several problems."""

VLSE = (
    "S. Surjanovic & D. Bingham, Virtual Library of Simulation Experiments: "
    "Test Functions and Datasets, Simon Fraser University, 2013"
)
JAMIL_YANG = (
    "M. Jamil & X.-S. Yang, A literature survey of benchmark functions for global "
    "optimisation problems, Int. J. Math. Modelling Num. Opt. 4 (2013) 150-194"
)
MGH = (
    "J. J. Moré, B. S. Garbow & K. E. Hillstrom, Testing unconstrained optimization software, "
    "ACM Trans. Math. Softw. 7 (1981) 17-41"
)
DIXON_SZEGO = "L. C. W. Dixon & G. P. Szegö (eds), Towards Global Optimisation 2, 1978"
TEXTBOOK = "elementary example; the labels follow by hand"
