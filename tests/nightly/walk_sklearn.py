"""
What scikit-learn reaches on the same rows as `node tests/nightly/walk.ts FOLDER`: it learns from the rows to train on and to choose by.

    python tests/nightly/walk_sklearn.py FOLDER
"""
import glob
import json
import os
import sys
import wave

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

folder = sys.argv[1]


def rows_of(name):
    with open(os.path.join(folder, "runs", name, "split.json")) as file:
        split = json.load(file)
    return split["train"] + split["validation"], split["test"]


def table(name, target, is_number):
    data = pd.read_csv(os.path.join(folder, name))
    train, test = rows_of(name)
    x, y = data.drop(columns=[target]), data[target]
    texts = x.select_dtypes(exclude="number").columns.tolist()
    numbers = x.select_dtypes("number").columns.tolist()
    encode = make_column_transformer((OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), texts), remainder="passthrough")
    trees = make_pipeline(encode, (HistGradientBoostingRegressor if is_number else HistGradientBoostingClassifier)(random_state=0))
    scores = dict(trees=trees.fit(x.iloc[train], y.iloc[train]).score(x.iloc[test], y.iloc[test]))
    if not is_number:
        onehot = make_column_transformer((make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), texts), (make_pipeline(SimpleImputer(), StandardScaler()), numbers))
        linear = make_pipeline(onehot, LogisticRegression(max_iter=2000))
        scores["logistic"] = linear.fit(x.iloc[train], y.iloc[train]).score(x.iloc[test], y.iloc[test])
    return scores


def text(name, texts, labels):
    train, test = rows_of(name)
    texts, labels = np.array(texts, dtype=object), np.array(labels)
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=300, C=10))
    return dict(logistic=model.fit(texts[train], labels[train]).score(texts[test], labels[test]))


def files(name, ending, read):
    paths = sorted(glob.glob(os.path.join(folder, name, "*", f"*.{ending}")))
    x = np.stack([read(p) for p in paths])
    y = np.array([p.split(os.sep)[-2] for p in paths])
    train, test = rows_of(name)
    scaled = StandardScaler().fit(x[train])
    linear = LogisticRegression(max_iter=500).fit(scaled.transform(x[train]), y[train])
    trees = HistGradientBoostingClassifier(random_state=0, max_iter=60).fit(x[train], y[train])
    return dict(trees=trees.score(x[test], y[test]), logistic=linear.score(scaled.transform(x[test]), y[test]))


def spectrum(path):
    with wave.open(path) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16 if file.getsampwidth() == 2 else np.float32).astype(float)
    parts = np.array_split(samples, 16)
    return np.log(1e-3 + np.concatenate([np.abs(np.fft.rfft(p, 256))[:64] for p in parts]) / (np.abs(samples).max() + 1e-9))


print("penguins", table("penguins.csv", "species", False))
print("diamonds", table("diamonds.csv", "price", True))
foods = pd.read_csv(os.path.join(folder, "foods.csv"))
print("foods", text("foods.csv", (foods.iloc[:, 0].astype(str) + " " + foods.iloc[:, 1].astype(str)), foods["score"]))
intents = [json.loads(line) for line in open(os.path.join(folder, "intents.jsonl"), encoding="utf8")]
print("intents", text("intents.jsonl", [i["text"] for i in intents], [i["intent"] for i in intents]))
print("fashion", files("fashion", "png", lambda p: np.asarray(Image.open(p)).reshape(-1).astype(float)))
print("spoken", files("spoken", "wav", spectrum))
