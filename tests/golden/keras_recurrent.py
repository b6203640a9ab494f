"""Recurrent layers for keras_layers.py."""
from keras_layers import Entries, L, bools, camel_value, family, floats

X = (2, 4, 3)
MASK = [bools((2, 4), [1, 1, 0, 1, 0, 1, 1, 0])]


@family
def recurrent():
    e = Entries()
    for name in ["LSTM", "GRU", "SimpleRNN"]:
        # Keras' tanh gives float32 for float64 here, which a scan's state refuses.
        more = dict(unroll=True) if name == "SimpleRNN" else {}
        e.add(name, [X], units=3, **more)
        e.add(name, [X], units=3, return_sequences=True, go_backwards=True, use_bias=False, **more)
        e.add(name, [X], units=2, return_sequences=True, return_state=True, activation="relu", **more)
        e.add(name, [X], "masked", units=3, return_sequences=True, masks=MASK, **more)
        e.add(name, [X], "masked, last", units=3, return_state=True, masks=MASK, go_backwards=True, **more)
    e.add("LSTM", [X], units=3, recurrent_activation="hard_sigmoid", activation="softsign")
    e.add("GRU", [X], units=3, reset_after=False)
    e.add("GRU", [X], units=3, reset_after=False, return_sequences=True, use_bias=False)
    e.add("GRU", [X], units=3, recurrent_activation="hard_sigmoid")
    e.add("LSTM", [X], "initial state", units=3, call=dict(initial_state=[floats((2, 3), 31), floats((2, 3), 32)]))
    e.add("GRU", [X], "initial state", units=3, call=dict(initial_state=[floats((2, 3), 31)]))

    def nest(kind, **options):
        return dict(layer=kind, options=camel_value(options))

    cells = dict(lstmCell=L.LSTMCell, gruCell=L.GRUCell, simpleRnnCell=L.SimpleRNNCell)

    def rnn(kinds, note="", masks=None, **options):
        made = [cells[k](units) for k, units in kinds]
        layer = L.RNN(made if len(made) > 1 else made[0], **options)
        nested = [nest(k, units=units) for k, units in kinds]
        e.put(layer, [X], dict(cell=nested if len(nested) > 1 else nested[0], **options), note, kind="rnn", masks=masks)

    rnn([("lstmCell", 3)])
    rnn([("gruCell", 2)], return_sequences=True)
    rnn([("simpleRnnCell", 2)], return_state=True, go_backwards=True, unroll=True)
    rnn([("lstmCell", 3), ("gruCell", 2)], "stacked", return_sequences=True)
    rnn([("lstmCell", 3), ("lstmCell", 2)], "stacked", masks=MASK)

    inner = dict(lstm=L.LSTM, gru=L.GRU, simpleRnn=L.SimpleRNN, dense=L.Dense, conv1d=L.Conv1D)

    def wrap(cls, kind, inner_kind, inner_options, note="", masks=None, shape=X, **options):
        layer = getattr(L, cls)(inner[inner_kind](**inner_options), **options)
        e.put(layer, [shape], dict(layer=nest(inner_kind, **inner_options), **options), note, kind=kind, masks=masks)

    wrap("Bidirectional", "bidirectional", "lstm", dict(units=3))
    wrap("Bidirectional", "bidirectional", "gru", dict(units=2, return_sequences=True), merge_mode="sum")
    wrap("Bidirectional", "bidirectional", "simpleRnn", dict(units=2, return_sequences=True, unroll=True), merge_mode="mul")
    wrap("Bidirectional", "bidirectional", "lstm", dict(units=2, return_sequences=True), merge_mode="ave")
    wrap("Bidirectional", "bidirectional", "lstm", dict(units=2, return_state=True), merge_mode="concat")
    wrap("Bidirectional", "bidirectional", "gru", dict(units=2, return_sequences=True), "masked", masks=MASK)
    wrap("Bidirectional", "bidirectional", "gru", dict(units=2), "apart", merge_mode=None)
    wrap("TimeDistributed", "timeDistributed", "dense", dict(units=3))
    wrap("TimeDistributed", "timeDistributed", "dense", dict(units=2, activation="tanh"), shape=(2, 3, 2, 4))
    wrap("TimeDistributed", "timeDistributed", "conv1d", dict(filters=2, kernel_size=2), shape=(2, 3, 4, 2))
    return e


@family
def conv_lstm():
    e = Entries()
    for name, x, size in [("ConvLSTM1D", (2, 3, 5, 2), 3), ("ConvLSTM2D", (1, 3, 4, 3, 2), (3, 2)), ("ConvLSTM3D", (1, 2, 3, 3, 2, 1), 2)]:
        e.add(name, [x], filters=2, kernel_size=size)
        e.add(name, [x], filters=2, kernel_size=size, padding="same", return_sequences=True)
        e.add(name, [x], filters=2, kernel_size=2, strides=2, padding="same", use_bias=False, return_state=True, recurrent_activation="hard_sigmoid")
    e.add("ConvLSTM1D", [(2, 3, 2, 5)], filters=2, kernel_size=3, data_format="channels_first", return_sequences=True)
    e.add("ConvLSTM2D", [(1, 3, 2, 4, 3)], filters=3, kernel_size=2, data_format="channels_first", return_state=True)
    return e
