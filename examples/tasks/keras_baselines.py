"""
The designs of the tasks beside this file in Keras (JAX backend), on the same rows: what the bars stand beside.

    GRADUS_DATA=… KERAS_BACKEND=jax python examples/tasks/keras_baselines.py diamonds|concrete|reviews
"""
import csv
import os
import sys

import keras
import numpy as np

DATA = os.environ["GRADUS_DATA"]


def shuffled(count: int, seed: int) -> np.ndarray:
    """As shuffledPlaces in common.ts."""
    state = seed

    def imul(a: int, b: int) -> int:
        return (a * b) & 0xFFFFFFFF

    def following() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = imul(state ^ (state >> 15), state | 1)
        t ^= (t + imul(t ^ (t >> 7), t | 61)) & 0xFFFFFFFF
        return (t ^ (t >> 14)) / 4294967296

    places = np.arange(count)
    for last in range(count - 1, 0, -1):
        other = int(following() * (last + 1))
        places[last], places[other] = places[other], places[last]
    return places


def is_number(text: str) -> bool:
    try:
        float(text)
        return True
    except ValueError:
        return False


def tabular(name: str, target: str, logarithmic: bool, epochs: int, batch: int) -> None:
    with open(f"{DATA}/tabular/{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    order = shuffled(len(rows), 1)
    cut = int(len(rows) * 0.9)
    train, test = order[:cut], order[cut:]
    columns = []
    for column in rows[0]:
        if column == target:
            continue
        texts = [row[column] for row in rows]
        if all(is_number(text) for text in texts):
            values = np.array([float(text) for text in texts])
            columns.append((values - values[train].mean()) / (values[train].std() or 1))
        else:
            columns += [np.array([float(text == category) for text in texts]) for category in sorted(set(texts))]
    x = np.stack(columns, 1).astype("float32")
    raw = np.array([float(row[target]) for row in rows])
    raw = np.log(raw) if logarithmic else raw
    mean, deviation = raw[train].mean(), raw[train].std()
    y = ((raw - mean) / deviation).astype("float32")[:, None]
    results = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        net = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(64, "relu"), keras.layers.BatchNormalization(), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
        rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * -(-cut // batch))
        net.compile(keras.optimizers.Adam(rate), "mse")
        net.fit(x[train], y[train], epochs=epochs, batch_size=batch, verbose=0)
        unscaled = lambda v: np.exp(v * deviation + mean) if logarithmic else v * deviation + mean
        truth, guess = unscaled(y[test]), unscaled(net.predict(x[test], verbose=0, batch_size=1024))
        results.append(1 - ((truth - guess) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
    print(name, "R² of three seeds", [round(float(r), 4) for r in results])


def reviews() -> None:
    """The vocabulary as TextVectorization makes it: lower case, no punctuation, the commonest words; 0 is padding, 1 unknown."""
    import re
    from collections import Counter

    def read(name: str):
        with open(f"{DATA}/text/{name}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        strip = re.compile(r"[!\"#$%&()\*\+,\-\./:;<=>?@\[\\\]^_`{|}~']")
        words = [strip.sub("", row["review"].lower()).split() for row in rows]
        return [w + [f"{a} {b}" for a, b in zip(w, w[1:])] for w in words], np.array([row["score"] == "great" for row in rows], "float32")

    (train, y), (test, t) = read("foods_train"), read("foods_test")
    counts = Counter(word for words in train for word in words)
    known = {word: index + 2 for index, (word, _) in enumerate(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:19998])}
    encode = lambda texts: np.array([([known.get(w, 1) for w in words] + [0] * 400)[:400] for words in texts], "int32")
    results = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        L = keras.layers
        net = keras.Sequential([keras.Input((400,), dtype="int32"), L.Embedding(20000, 32, mask_zero=True), L.GlobalAveragePooling1D(), L.Dropout(0.5), L.Dense(1)])
        net.compile(keras.optimizers.Adam(3e-3), keras.losses.BinaryCrossentropy(from_logits=True))
        net.fit(encode(train), y, epochs=10, batch_size=64, verbose=0)
        results.append(float(((net.predict(encode(test), verbose=0)[:, 0] > 0) == (t > 0.5)).mean()))
    print("reviews, accuracy of three seeds", [round(r, 4) for r in results])


if __name__ == "__main__":
    for task in sys.argv[1:]:
        if task == "diamonds":
            tabular("diamonds", "price", True, 20, 128)
        if task == "concrete":
            tabular("concrete", "compressive_strength", False, 300, 32)
        if task == "reviews":
            reviews()
