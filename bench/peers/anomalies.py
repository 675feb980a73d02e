"""
Six anomaly detectors of scikit-learn on one split of a table. One line of JSON for each: its name, and the area under the ROC
curve, in percent, of its scores of anomalies against those of ordinary rows.

FILE COLUMNS TRAINING ORDINARY ANOMALIES SEED: FILE holds the three parts one after the other, each of so many rows of
double-precision numbers. They are put in standard deviations of the training rows here.
"""
import json
import sys

import numpy
import sklearn
from sklearn.covariance import EmpiricalCovariance
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KernelDensity, LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM


def detectors(training, seed):
    """Each name with a function rows -> scores, higher where rows are less ordinary."""
    rows, columns = training.shape
    neighbours = NearestNeighbors(n_neighbors=5).fit(training)
    lof = LocalOutlierFactor(n_neighbors=20, novelty=True).fit(training)
    svm = OneClassSVM(nu=0.1).fit(training)
    forest = IsolationForest(random_state=seed).fit(training)
    gaussian = EmpiricalCovariance().fit(training)
    kernels = KernelDensity(bandwidth=rows ** (-1 / (columns + 4))).fit(training)
    return {
        "KNN": lambda scored: neighbours.kneighbors(scored)[0][:, -1],
        "LOF": lambda scored: -lof.score_samples(scored),
        "OCSVM": lambda scored: -svm.score_samples(scored),
        "IForest": lambda scored: -forest.score_samples(scored),
        "Gaussian": lambda scored: gaussian.mahalanobis(scored),
        "KDE": lambda scored: -kernels.score_samples(scored),
    }


def main():
    file, columns, training, ordinary, anomalies, seed = sys.argv[1:]
    rows = numpy.fromfile(file, numpy.float64).reshape(-1, int(columns))
    ends = numpy.cumsum([int(training), int(ordinary), int(anomalies)])
    if len(rows) != ends[-1]:
        raise ValueError(f"{file}: expected {ends[-1]} rows of {columns} columns; got {len(rows)}")
    scaler = StandardScaler().fit(rows[: ends[0]])
    learnt, scored = scaler.transform(rows[: ends[0]]), scaler.transform(rows[ends[0] :])
    anomalous = numpy.arange(len(scored)) >= int(ordinary)
    for name, score in detectors(learnt, int(seed)).items():
        auroc = 100 * float(roc_auc_score(anomalous, score(scored)))
        print(json.dumps({"detector": name, "version": sklearn.__version__, "auroc": auroc}), flush=True)


main()
