"""The methods of each step, and where they were published: the report's appendix and the page on the steps are made from it."""

from __future__ import annotations

from cvclib.language import mark

# Step: what is worked out, and by whom it was described. Titles stay in the language in which they were published.
METHODS: dict[str, tuple[tuple[str, str], ...]] = {
    "process_mapping": (
        (
            mark("Directly-follows graph, variants, loops and rework"),
            'W. van der Aalst, "Process Mining: Data Science in Action", 2nd ed., Springer, 2016.',
        ),
        (
            mark("Stage funnel with Wilson intervals"),
            'R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998.',
        ),
        (
            mark("Time to the next stage (Kaplan–Meier)"),
            'E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958; M. Greenwood, "The errors of sampling of the survivorship tables", Reports on Public Health 33, 1926.',
        ),
        (
            mark("Periods or segments side by side, corrected for the number of comparisons"),
            'Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995; H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other", Annals of Mathematical Statistics 18, 1947.',
        ),
        (
            mark("Where journeys still lead to a purchase (absorbing Markov chain)"),
            'C. M. Grinstead and J. L. Snell, "Introduction to Probability", 2nd ed., AMS, 1997, section 11.2.',
        ),
        (
            mark("Cost of a touchpoint (activity-based costing)"),
            'R. Cooper, R. S. Kaplan, "Measure Costs Right: Make the Right Decisions", Harvard Business Review, 1988.',
        ),
    ),
    "value_identification": (
        (
            mark("Customer value map: importance and performance"),
            'J. A. Martilla, J. C. James, "Importance-performance analysis", Journal of Marketing 41, 1977.',
        ),
        (
            mark("Derived importance (LMG, relative weights)"),
            'R. Lindeman, P. Merenda, R. Gold, "Introduction to Bivariate and Multivariate Analysis", 1980; U. Grömping, "Relative importance for linear regression in R: the package relaimpo", Journal of Statistical Software 17, 2006; J. W. Johnson, "A heuristic method for estimating the relative weight of predictor variables in multiple regression", Multivariate Behavioral Research 35, 2000.',
        ),
        (
            mark("Penalty and reward"),
            'D. R. Brandt, "A procedure for identifying value-enhancing service components using customer satisfaction survey data", AMA Annual Services Marketing Conference, 1987; K. Matzler, E. Sauerwein, "The factor structure of customer satisfaction", International Journal of Service Industry Management 13, 2002.',
        ),
        (
            mark("Needs and wants (Kano)"),
            'C. Berger et al., "Kano\'s methods for understanding customer-defined quality", Center for Quality Management Journal 2, 1993; K. Matzler, H. H. Hinterhuber, "How to make product development projects more successful by integrating Kano\'s model", Technovation 18, 1998; D. Fong, "Using the self-stated importance questionnaire to interpret Kano questionnaire results", Center for Quality Management Journal 5, 1996.',
        ),
        (
            mark("Segments compared, unequal variances allowed"),
            'B. L. Welch, "On the comparison of several mean values: an alternative approach", Biometrika 38, 1951.',
        ),
        (
            mark("Cost beside value per touchpoint (value index)"),
            'M. Tanaka, "Cost planning and control systems in the design phase of a new product", in Monden and Sakurai (eds.), "Japanese Management Accounting", 1989.',
        ),
        (mark("Relative quality beside relative price"), 'B. T. Gale, "Managing Customer Value", Free Press, 1994.'),
        (
            mark("Themes of comments, and the words that part promoters from detractors"),
            'D. D. Lee and H. S. Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 401, 1999; T. Dunning, "Accurate methods for the statistics of surprise and coincidence", Computational Linguistics 19, 1993; A. Hardie, "Log Ratio: an informal introduction", Lancaster University, 2014.',
        ),
    ),
    "technology_integration": (
        (
            mark("Records of CRM and ERP tied together (Fellegi–Sunter, fitted by EM)"),
            'I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969), 1183-1210; W. E. Winkler, "Using the EM algorithm for weight computation in the Fellegi-Sunter model", 1988.',
        ),
        (
            mark("How far two people who review pairs agree"),
            'K. Krippendorff, "Computing Krippendorff\'s Alpha-Reliability", University of Pennsylvania, 2011; J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960.',
        ),
    ),
    "collaboration": (
        (
            mark("Who does what (RACI), and its faults"),
            'M. Smith, J. Erwin, "Role and Responsibility Charting (RACI)", Project Management Forum, 2005.',
        ),
        (
            mark("Handovers from the log"),
            'W. van der Aalst, H. Reijers, M. Song, "Discovering social networks from event logs", Computer Supported Cooperative Work 14, 2005: handover of work.',
        ),
        (
            mark("Silos (E-I index) and reciprocity"),
            'D. Krackhardt, R. N. Stern, "Informal networks and organizational crises: an experimental simulation", Social Psychology Quarterly 51, 1988; T. Squartini et al., "Reciprocity of weighted networks", Scientific Reports 3, 2013.',
        ),
        (
            mark("Who stands between (betweenness), and groups by contact"),
            'L. C. Freeman, "Centrality in social networks: conceptual clarification", Social Networks 1, 1979; T. Opsahl, F. Agneessens, J. Skvoretz, "Node centrality in weighted networks", Social Networks 32, 2010; V. D. Blondel, J.-L. Guillaume, R. Lambiotte, E. Lefebvre, "Fast unfolding of communities in large networks", Journal of Statistical Mechanics, 2008.',
        ),
        (
            mark("One picture of value (Kendall's W, Spearman)"),
            'M. G. Kendall, B. Babington Smith, "The problem of m rankings", Annals of Mathematical Statistics 10, 1939; D. G. Bonett, T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65, 2000.',
        ),
    ),
    "performance_evaluation": (
        (
            mark("Process behaviour charts"),
            'D. B. Laney, "Improved control charts for attributes", Quality Engineering 14(4), 2002, for sizes; D. J. Wheeler, "Understanding Variation", 2nd edition, 2000; L. S. Nelson, "The Shewhart control chart: tests for special causes", Journal of Quality Technology 16(4), 1984.',
        ),
        (
            mark("Retention and survival curves"),
            'E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958; N. Mantel, "Evaluation of survival data and two new rank order statistics arising in its consideration", Cancer Chemotherapy Reports 50, 1966.',
        ),
        (
            mark("Lifetime value of orders (BG/NBD with Gamma-Gamma) and of contracts (shifted beta-geometric)"),
            "Fader, Hardie and Lee 2005; Fader and Hardie 2013; Fader and Hardie 2007.",
        ),
        (
            mark("Concentration of value (Lorenz, whale curve)"),
            'S. Yitzhaki, "Calculating jackknife variance estimators for parameters of the Gini method", Journal of Business and Economic Statistics 9, 1991; C. M. Beach, R. Davidson, "Distribution-free statistical inference with Lorenz curves and income shares", Review of Economic Studies 50, 1983; R. S. Kaplan, V. G. Narayanan, "Measuring and managing customer profitability", Journal of Cost Management 15, 2001.',
        ),
        (
            mark("Intervals of shares, means and ratios"),
            'R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998; P. Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54, 1992; W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 2.11 and chapter 6.',
        ),
        (
            mark("Clients side by side (funnel plot)"),
            'D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24, 2005.',
        ),
    ),
    "advocacy": (
        (
            mark("Net promoter score and its interval"),
            '"The One Number You Need to Grow", Harvard Business Review, December 2003; B. Rocks, "Interval estimation for the net promoter score", The American Statistician 70, 2016.',
        ),
        (
            mark("What makes promoters and what makes detractors"),
            'R. Brant, "Assessing proportionality in the proportional odds model for ordinal logistic regression", Biometrics 46, 1990; D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80, 1993.',
        ),
        (
            mark("Touchpoints that carry conversion"),
            'E. Anderl, I. Becker, F. von Wangenheim, J. H. Schumann, "Mapping the customer journey: lessons learned from graph-based online attribution modeling", International Journal of Research in Marketing 33, 2016.',
        ),
        (
            mark("Referred against others (log-rank)"),
            'N. Mantel, "Evaluation of survival data and two new rank order statistics arising in its consideration", Cancer Chemotherapy Reports 50, 1966.',
        ),
        (
            mark("Earned growth"),
            'F. Reichheld, D. Darnell, M. Burns, "Winning on Purpose", Harvard Business Review Press, 2021, appendix B.',
        ),
        (
            mark("Care after the sale, weighed for what is known"),
            'J. K. Lunceford, M. Davidian, "Stratification and weighting via the propensity score", Statistics in Medicine 23, 2004; R. K. Crump, V. J. Hotz, G. W. Imbens, O. A. Mitnik, "Dealing with limited overlap in estimation of average treatment effects", Biometrika 96, 2009; T. J. VanderWeele, P. Ding, "Sensitivity analysis in observational research: introducing the E-value", Annals of Internal Medicine 167, 2017.',
        ),
    ),
    "continuous_improvement": (
        (mark("Opportunity score"), 'A. W. Ulwick, "Turn customer input into innovation", Harvard Business Review, January 2002.'),
        (
            mark("What-if: attribute, satisfaction, retention, customer equity"),
            'S. Gupta, D. R. Lehmann, "Customers as assets", Journal of Interactive Marketing 17, 2003; D. P. MacKinnon, C. M. Lockwood, J. Williams, "Confidence limits for the indirect effect", Multivariate Behavioral Research 39, 2004.',
        ),
        (
            mark("Capacity and waits"),
            'A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges", Post Office Electrical Engineer\'s Journal 10, 1917; J. F. C. Kingman, "The single server queue in heavy traffic", Proceedings of the Cambridge Philosophical Society 57, 1961.',
        ),
        (mark("Portfolio under a budget (integer programme)"), 'H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", 2004.'),
        (
            mark("Past initiatives"),
            'S. J. Prais, C. B. Winsten, "Trend estimators and serial correlation", Cowles Commission 383, 1954; A. K. Wagner and others, "Segmented regression analysis of interrupted time series studies", Journal of Clinical Pharmacy and Therapeutics 27, 2002.',
        ),
        (
            mark("Answers that the next change takes"),
            'J. L. Fleiss, "Statistical Methods for Rates and Proportions", 1981; J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988.',
        ),
    ),
}
