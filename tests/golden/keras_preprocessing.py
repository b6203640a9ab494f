"""
Preprocessing layers for keras_layers.py. What needs TensorFlow (strings, hashes), and what is learned from data, is written by itself:

    KERAS_BACKEND=tensorflow /tmp/venv-tf/bin/python tests/golden/keras_preprocessing.py     # pip install tensorflow-cpu scipy
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def family_of_layers():
    from keras_layers import Entries, family, floats, ints

    @family
    def preprocessing():
        e = Entries()
        e.add("Normalization", [(3, 4)], mean=[0.5, -1.0, 2.0, 0.0], variance=[1.0, 4.0, 0.25, 0.0])
        e.add("Normalization", [(3, 2, 4)], "one", axis=None, mean=3.0, variance=2.0)
        e.add("Normalization", [(3, 2, 4)], "axis", axis=1, mean=[1.0, -2.0], variance=[0.5, 3.0], invert=True)
        e.add("Normalization", [(3, 2, 4)], "axes", axis=[1, 2], mean=[1.0, -2.0, 0.5, 0.25], variance=[0.5, 3.0, 1.0, 2.0])
        x = floats((3, 4), 5, -2.0, 5.0)
        for mode in ["int", "one_hot", "multi_hot", "count"]:
            e.add("Discretization", [x], mode, bin_boundaries=[-1.0, 0.0, 1.5, 4.0], output_mode=mode)
        e.add("Discretization", [dict(shape=[2, 4], dtype="float32", values=[0, 1, 2, -1, 0.5, 3, 1.5, 2])], "ends", bin_boundaries=[0.0, 1.0, 2.0])
        e.add("CategoryEncoding", [ints((3, 4), 6, 5)], num_tokens=5)
        e.add("CategoryEncoding", [ints((3, 4), 7, 5)], "count", num_tokens=6, output_mode="count")
        e.add("CategoryEncoding", [ints((3, 1), 8, 5)], "oneHot", num_tokens=5, output_mode="one_hot")
        e.add("CategoryEncoding", [ints((3, 2), 9, 5)], "oneHot", num_tokens=5, output_mode="one_hot")
        e.add("CategoryEncoding", [ints((3, 4), 6, 5)], "weights", num_tokens=5, output_mode="count", call=dict(count_weights=floats((3, 4), 12)))
        for mode in ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]:
            e.add("STFTSpectrogram", [(2, 30, 2)], mode, kind="stftSpectrogram", mode=mode, frame_length=8, frame_step=5)
        e.add("STFTSpectrogram", [(2, 19, 1)], "same", kind="stftSpectrogram", mode="magnitude", frame_length=7, padding="same", fft_length=10, window="hamming", scaling="spectrum", periodic=True)
        e.add("STFTSpectrogram", [(2, 20, 2)], "expanded", kind="stftSpectrogram", mode="psd", frame_length=8, expand_dims=True, window=None, scaling=None)
        e.add("MelSpectrogram", [(2, 150)], fft_length=64, sequence_stride=20, num_mel_bins=6, sampling_rate=800)
        e.add("MelSpectrogram", [(2, 150)], "linear", fft_length=64, sequence_stride=32, sequence_length=40, window="hamming", num_mel_bins=5, sampling_rate=1000,
              power_to_db=False, mag_exp=1.0, min_freq=30.0, max_freq=400.0)
        e.add("MelSpectrogram", [(2, 100)], "loudest", fft_length=32, sequence_stride=16, num_mel_bins=4, sampling_rate=500, top_db=9.0, ref_power=2.0, window=None)
        return e


def of_tensorflow():
    import keras
    import numpy as np
    import tensorflow as tf

    from common import fill, write_json

    L = keras.layers
    e = {}

    def values(x):
        x = np.asarray(x)
        return x.astype(np.float64).tolist() if x.dtype.kind in "iufb" else x.astype(str).tolist()

    def put(kind, options, inputs, layer, learn=None, note="", out=None):
        label = name = f"{kind} {note}".strip()
        n = 2
        while name in e:
            name, n = f"{label} ({n})", n + 1
        if learn is not None:
            layer.adapt(learn if not isinstance(learn, np.ndarray) else learn)
        output = layer(inputs) if out is None else out(layer)
        e[name] = dict(kind=kind, options=options, inputs=values(inputs) if not isinstance(inputs, (list, tuple)) else inputs,
                       **({} if learn is None else dict(learn=values(learn) if isinstance(learn, np.ndarray) else learn)),
                       **(dict(vocabulary=values(layer.get_vocabulary())) if hasattr(layer, "get_vocabulary") else {}), output=values(output))

    words = [["a", "c", "d"], ["d", "z", "b"], ["é", "", "Z"]]
    vocab = ["a", "b", "c", "d"]
    put("stringLookup", dict(vocabulary=vocab), words, L.StringLookup(vocabulary=vocab))
    put("stringLookup", dict(vocabulary=vocab, numOovIndices=3), words, L.StringLookup(vocabulary=vocab, num_oov_indices=3))
    put("stringLookup", dict(vocabulary=vocab, numOovIndices=3, salt=[12, 34]), words, L.StringLookup(vocabulary=vocab, num_oov_indices=3, salt=[12, 34]))
    put("stringLookup", dict(vocabulary=vocab, maskToken=""), words, L.StringLookup(vocabulary=vocab, mask_token=""))
    put("stringLookup", dict(vocabulary=["[UNK]"] + vocab), words, L.StringLookup(vocabulary=["[UNK]"] + vocab))
    for mode, camel in [("one_hot", "oneHot"), ("multi_hot", "multiHot"), ("count", "count")]:
        put("stringLookup", dict(vocabulary=vocab, outputMode=camel, maskToken=""), words, L.StringLookup(vocabulary=vocab, output_mode=mode, mask_token=""), note=camel)
    put("stringLookup", dict(vocabulary=vocab, outputMode="multiHot", maxTokens=8, padToMaxTokens=True), words,
        L.StringLookup(vocabulary=vocab, output_mode="multi_hot", max_tokens=8, pad_to_max_tokens=True), note="padded")
    put("stringLookup", dict(vocabulary=vocab, outputMode="tfIdf", idfWeights=[0.25, 0.75, 0.6, 0.4]), words,
        L.StringLookup(vocabulary=vocab, output_mode="tf_idf", idf_weights=[0.25, 0.75, 0.6, 0.4]), note="tfIdf")
    data = [["b", "b", "a", "ä"], ["c", "a", "é", "zz"], ["b", "x", "x", "c"]]
    put("stringLookup", {}, words, L.StringLookup(), learn=data, note="learned")
    put("stringLookup", dict(maxTokens=4, maskToken="a"), words, L.StringLookup(max_tokens=4, mask_token="a"), learn=data, note="learned")
    put("stringLookup", dict(outputMode="tfIdf"), words, L.StringLookup(output_mode="tf_idf"), learn=data, note="learned tfIdf")
    put("stringLookup", {}, ["b", "q"], L.StringLookup(), learn=["q", "b", "q", "a"], note="learned list")

    integers = np.array([[12, 1138, 42], [42, 1000, 36], [7, -3, 12]])
    terms = [12, 36, 1138, 42]
    put("integerLookup", dict(vocabulary=terms), integers, L.IntegerLookup(vocabulary=terms))
    put("integerLookup", dict(vocabulary=terms, numOovIndices=3), integers, L.IntegerLookup(vocabulary=terms, num_oov_indices=3))
    put("integerLookup", dict(vocabulary=terms, maskToken=7), integers, L.IntegerLookup(vocabulary=terms, mask_token=7))
    put("integerLookup", dict(vocabulary=terms, numOovIndices=3, oovMethod="farmhash"), integers, L.IntegerLookup(vocabulary=terms, num_oov_indices=3, oov_method="farmhash"), note="farmhash")
    put("integerLookup", dict(vocabulary=terms, numOovIndices=4, oovMethod="farmhash", salt=5), integers,
        L.IntegerLookup(vocabulary=terms, num_oov_indices=4, oov_method="farmhash", salt=5), note="farmhash")
    for mode, camel in [("one_hot", "oneHot"), ("multi_hot", "multiHot"), ("count", "count")]:
        put("integerLookup", dict(vocabulary=terms, outputMode=camel, maskToken=7), integers, L.IntegerLookup(vocabulary=terms, output_mode=mode, mask_token=7), note=camel)
    put("integerLookup", dict(vocabulary=terms, outputMode="tfIdf", idfWeights=[0.25, 0.75, 0.6, 0.4]), integers,
        L.IntegerLookup(vocabulary=terms, output_mode="tf_idf", idf_weights=[0.25, 0.75, 0.6, 0.4]), note="tfIdf")
    numbers = np.array([[1, 3, 4], [4, 0, 2]])
    put("integerLookup", dict(vocabulary=terms, invert=True), numbers, L.IntegerLookup(vocabulary=terms, invert=True), note="inverted")
    learn = np.array([[12, 1138, 42], [42, 1000, 36], [42, 12, 5]])
    put("integerLookup", {}, integers, L.IntegerLookup(), learn=learn, note="learned")
    put("integerLookup", dict(maxTokens=4), integers, L.IntegerLookup(max_tokens=4), learn=learn, note="learned")

    texts = ["The quick, brown fox!", "  jumps over\tthe LAZY dog's tail.", "ÄRGER über Straße", "", "fox"]
    corpus = ["the fox the dog", "A fox; a hen, a goose", "hen's eggs over easy", "über"]
    put("textVectorization", {}, texts, L.TextVectorization(), learn=corpus)
    put("textVectorization", dict(maxTokens=6, outputSequenceLength=3), texts, L.TextVectorization(max_tokens=6, output_sequence_length=3), learn=corpus)
    put("textVectorization", dict(outputSequenceLength=8, standardize="lower"), texts, L.TextVectorization(output_sequence_length=8, standardize="lower"), learn=corpus)
    put("textVectorization", dict(standardize="stripPunctuation", ngrams=2), texts, L.TextVectorization(standardize="strip_punctuation", ngrams=2), learn=corpus)
    put("textVectorization", dict(standardize=None, ngrams=[2]), texts, L.TextVectorization(standardize=None, ngrams=(2,)), learn=corpus)
    put("textVectorization", dict(split="character"), texts, L.TextVectorization(split="character"), learn=corpus)
    for mode, camel in [("multi_hot", "multiHot"), ("count", "count"), ("tf_idf", "tfIdf")]:
        put("textVectorization", dict(outputMode=camel), texts, L.TextVectorization(output_mode=mode), learn=corpus, note=camel)
    put("textVectorization", dict(outputMode="count", maxTokens=30, padToMaxTokens=True), texts, L.TextVectorization(output_mode="count", max_tokens=30, pad_to_max_tokens=True), learn=corpus, note="padded")
    put("textVectorization", dict(vocabulary=["fox", "the", "dogs"]), texts, L.TextVectorization(vocabulary=["fox", "the", "dogs"]))
    put("textVectorization", dict(vocabulary=["fox", "the"], split=None, standardize="lower"), [["Fox", "hen"], ["THE", ""]],
        L.TextVectorization(vocabulary=["fox", "the"], split=None, standardize="lower"))

    strings = ["", "a", "ab", "abc", "abcd", "abcde", "abcdefgh", "0123456789abcdef", "0123456789abcdef!", "é" * 11, "x" * 32, "y" * 33, "lorem ipsum " * 4, "z" * 64,
               "w" * 65, "lorem ipsum dolor sit amet " * 5, "q" * 127, "Ω" * 64, "v" * 129, "1138"]
    for bins in [7, 1000003, 2147483647]:
        put("hashing", dict(numBins=bins), strings, L.Hashing(num_bins=bins))
        put("hashing", dict(numBins=bins, salt=[133, 137]), strings, L.Hashing(num_bins=bins, salt=[133, 137]), note="salt")
    put("hashing", dict(numBins=9, salt=42, maskValue="a"), strings, L.Hashing(num_bins=9, salt=42, mask_value="a"), note="mask")
    put("hashing", dict(numBins=9), integers, L.Hashing(num_bins=9), note="integers")
    put("hashing", dict(numBins=9, maskValue=42), integers, L.Hashing(num_bins=9, mask_value=42), note="integers")
    for mode, camel in [("one_hot", "oneHot"), ("multi_hot", "multiHot"), ("count", "count")]:
        put("hashing", dict(numBins=4, outputMode=camel), integers, L.Hashing(num_bins=4, output_mode=mode), note=camel)

    first, second = ["A", "B", "A", "B", "A", "longer than sixteen bytes"], [101, 101, 101, 102, 102, -7]
    for bins in [5, 100003]:
        put("hashedCrossing", dict(numBins=bins), [first, second], L.HashedCrossing(num_bins=bins), out=lambda l: l((np.array(first), np.array(second))))
    put("hashedCrossing", dict(numBins=5, outputMode="oneHot"), [first, second], L.HashedCrossing(num_bins=5, output_mode="one_hot"), note="oneHot",
        out=lambda l: l((np.array(first), np.array(second))))
    put("hashedCrossing", dict(numBins=977), [first, second, first], L.HashedCrossing(num_bins=977), note="three", out=lambda l: l((np.array(first), np.array(second), np.array(first))))
    column = [[v] for v in second]
    put("hashedCrossing", dict(numBins=13), [column, column], L.HashedCrossing(num_bins=13), note="column", out=lambda l: l((np.array(column), np.array(column))))

    def described(shape, seed, low, high):
        return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)

    def adapted(kind, options, spec, learn_spec, layer, note=""):
        # Data by description: too many numbers to write down.
        layer.adapt(fill(learn_spec).astype("float32"))
        extra = dict(binBoundaries=values(np.array(layer.bin_boundaries))) if kind == "discretization" else dict(mean=values(layer.adapt_mean), variance=values(layer.adapt_variance))
        e[f"{kind} learned {note}".strip()] = dict(kind=kind, options=options, inputs=spec, learn=learn_spec, output=values(layer(fill(spec).astype("float32"))), **extra)

    adapted("normalization", {}, described((2, 3), 1, -2, 2), described((50, 3), 2, -5, 9), L.Normalization())
    adapted("normalization", dict(axis=None), described((2, 3), 1, -2, 2), described((50, 3), 2, -5, 9), L.Normalization(axis=None), "one")
    adapted("normalization", dict(axis=[1, 3], invert=True), described((2, 2, 3, 2), 1, -2, 2), described((9, 2, 3, 2), 2, -5, 9), L.Normalization(axis=(1, 3), invert=True), "axes")
    for count, bins, epsilon in [(30, 4, 0.01), (1234, 7, 0.01), (5000, 10, 0.05), (8, 3, 0.01), (999, 50, 0.01)]:
        adapted("discretization", dict(numBins=bins, epsilon=epsilon), described((3, 4), 1, -2, 8), described((count,), 3, -5, 9), L.Discretization(num_bins=bins, epsilon=epsilon), f"{count} {bins}")
    for mode in ["log", "stft", "psd"]:
        spec = described((2, 40, 2), 4, -1, 1)
        layer = L.STFTSpectrogram(mode=mode, frame_length=12, frame_step=5)
        e[f"stftSpectrogram initial {mode}"] = dict(kind="stftSpectrogram", options=dict(mode=mode, frameLength=12, frameStep=5), inputs=spec, output=values(layer(fill(spec).astype("float32"))))
    os.makedirs(os.path.join(HERE, "keras", "transformations"), exist_ok=True)
    path = os.path.join(HERE, "keras", "transformations", "preprocessing.json")

    def rounded(v):
        if isinstance(v, list):
            return [rounded(one) for one in v]
        if isinstance(v, dict):
            return {k: rounded(one) for k, one in v.items()}
        return (int(v) if v == int(v) else float(f"{v:.8g}")) if isinstance(v, float) else v

    write_json(path, {}, {k: rounded(v) for k, v in e.items()})
    print("transformations/preprocessing", len(e), os.path.getsize(path) // 1024, "kB")


if __name__ == "__main__":
    of_tensorflow()
else:
    family_of_layers()
