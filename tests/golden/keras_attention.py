"""Attention layers for keras_layers.py."""
from keras_layers import Entries, bools, family, floats

Q, V = (2, 3, 4), (2, 5, 4)
CAUSAL = dict(use_causal_mask=True)
MASK = bools((2, 3, 5), [1, 1, 0, 1, 1] * 3 + [0, 1, 1, 1, 0] * 3)
SQUARE = bools((3, 3), [1, 0, 0, 1, 1, 0, 0, 1, 1])


@family
def attention():
    e = Entries()
    e.add("Attention", [Q, V])
    e.add("Attention", [Q, V, (2, 5, 4)], use_scale=True)
    e.add("Attention", [Q, V], use_scale=True, score_mode="concat")
    e.add("Attention", [Q, V], score_mode="concat", call=CAUSAL)
    e.add("Attention", [Q, V], "masked", masks=[bools((2, 3), [1, 1, 0, 1, 0, 1]), bools((2, 5), [1, 1, 0, 1, 1, 0, 1, 1, 1, 0])])
    e.add("Attention", [Q, V], "scores", call=dict(return_attention_scores=True))
    e.add("AdditiveAttention", [Q, V])
    e.add("AdditiveAttention", [Q, V, (2, 5, 4)], use_scale=False)
    e.add("AdditiveAttention", [Q, V], "masked", masks=[bools((2, 3), [1, 1, 0, 1, 0, 1]), bools((2, 5), [1, 1, 0, 1, 1, 1, 1, 0, 1, 0])], call=CAUSAL)
    e.add("MultiHeadAttention", [Q, V], distinct=True, num_heads=2, key_dim=3)
    e.add("MultiHeadAttention", [Q, Q], "causal", distinct=True, num_heads=2, key_dim=2, call=CAUSAL)
    e.add("MultiHeadAttention", [Q, V, (2, 5, 3)], distinct=True, num_heads=2, key_dim=3, value_dim=2, output_shape=5, dropout=0.5)  # with dropout: the fused path of JAX needs equal sizes
    e.add("MultiHeadAttention", [Q, V], "mask", distinct=True, num_heads=3, key_dim=2, use_bias=False, call=dict(attention_mask=MASK))
    e.add("MultiHeadAttention", [Q, Q], "mask and causal", distinct=True, num_heads=1, key_dim=2, call=dict(attention_mask=SQUARE, use_causal_mask=True))
    e.add("MultiHeadAttention", [Q, V], "scores", distinct=True, num_heads=2, key_dim=2, call=dict(return_attention_scores=True))
    e.add("MultiHeadAttention", [Q, Q], "gate, window", distinct=True, num_heads=2, key_dim=2, use_gate=True, sliding_window=2)
    e.add("MultiHeadAttention", [(1, 2, 3, 4), (1, 2, 3, 4)], "two axes", distinct=True, num_heads=2, key_dim=2)
    e.add("MultiHeadAttention", [(1, 2, 3, 4), (1, 2, 5, 4)], "second axis", distinct=True, num_heads=2, key_dim=2, attention_axes=2)
    e.add("GroupQueryAttention", [Q, V], distinct=True, head_dim=2, num_query_heads=4, num_key_value_heads=2)
    e.add("GroupQueryAttention", [Q, Q], "causal", distinct=True, head_dim=3, num_query_heads=3, num_key_value_heads=1, call=CAUSAL)
    e.add("GroupQueryAttention", [Q, V], "mask", distinct=True, head_dim=2, num_query_heads=2, num_key_value_heads=2, use_bias=False, call=dict(attention_mask=MASK))
    e.add("GroupQueryAttention", [Q, Q], "gate, window", distinct=True, head_dim=2, num_query_heads=2, num_key_value_heads=1, use_gate=True, sliding_window=1)
    return e
