"""
Merges and codes of Hugging Face's byte-level BPE, for the same text. Written to byte_pairs.json.

    /tmp/venv2/bin/python tests/golden/byte_pairs.py /path/to/tiny-shakespeare.txt
"""
import json
import os
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

text = open(sys.argv[1], encoding="utf8").read()[:12000] + "\nNaïve café, 12 345 übergroße Straßen — 日本語 and 🙂🙂.\n\n  It's   we'll they've\t\tend"
tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(vocab_size=600, min_frequency=2, special_tokens=["<pad>", "<unk>"], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
tokenizer.train_from_iterator([text], trainer)
model = json.loads(tokenizer.to_str())
vocabulary = model["model"]["vocab"]
merges = [[vocabulary[a], vocabulary[b]] for a, b in model["model"]["merges"]]
samples = ["First Citizen: We are accounted poor citizens!", "Unseen zyx words, déjà vu — 東京 🙂", "", "  spaces\n\nand\ttabs  "]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "byte_pairs.json"), "w", encoding="utf8") as file:
    json.dump(dict(text=text, size=len(vocabulary), merges=merges, samples=[dict(text=s, codes=tokenizer.encode(s).ids) for s in samples], tokenizer=model), file, ensure_ascii=False)
print(len(merges), len(vocabulary))
