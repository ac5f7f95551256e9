"""tokenizer.json files with tiny vocabularies: WordPiece and byte-pair encoding."""

import json
import string

WORDS = (
    "face heart flag hand cat dog smiling eyes with woman man person red blue sun moon star tree fish bird "
    "car house ball book"
).split()
PUNCTUATION = list(".,:!-()'&")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def added(tokens):
    return [
        {
            "id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True,
        }
        for token, index in tokens
    ]


def word_piece():
    """Vocabulary of whole words, letters and digits, so that every English name has tokens."""
    letters = list(string.ascii_lowercase + string.digits)
    tokens = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *PUNCTUATION, *WORDS]
    return {token: index for index, token in enumerate(tokens)}


def word_piece_tokenizer(vocabulary):
    def special(token, kind=0):
        return {"SpecialToken": {"id": token, "type_id": kind}}

    def sequence(name, kind=0):
        return {"Sequence": {"id": name, "type_id": kind}}

    ids = {t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added([(token, vocabulary[token]) for token in SPECIAL]),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), sequence("A"), special("[SEP]")],
            "pair": [special("[CLS]"), sequence("A"), special("[SEP]"), sequence("B", 1), special("[SEP]", 1)],
            "special_tokens": ids,
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    }


CLIP_START, CLIP_END, WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"
CLIP_PATTERN = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
CLIP_MERGES = ["c a", "ca t</w>", "d o", "do g</w>", "f a", "c e</w>", "fa ce</w>"]


def byte_pairs():
    """Characters inside and at the end of words, merged pieces, and the end token last."""
    letters = [*string.ascii_lowercase, *string.digits, *PUNCTUATION]
    pieces = [merge.replace(" ", "") for merge in CLIP_MERGES]
    tokens = [*letters, *(letter + WORD_END for letter in letters), *pieces, CLIP_START, CLIP_END]
    return {token: index for index, token in enumerate(tokens)}


def byte_pair_tokenizer(vocabulary):
    start, end = (CLIP_START, vocabulary[CLIP_START]), (CLIP_END, vocabulary[CLIP_END])
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added([start, end]),
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Lowercase"},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": CLIP_PATTERN}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        },
        "post_processor": {
            "type": "RobertaProcessing", "sep": list(end), "cls": list(start),
            "trim_offsets": False, "add_prefix_space": False,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": CLIP_END, "continuing_subword_prefix": "",
            "end_of_word_suffix": WORD_END, "fuse_unk": False, "byte_fallback": False,
            "vocab": vocabulary, "merges": CLIP_MERGES,
        },
    }


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_word_piece(folder, longest, kind):
    vocabulary = word_piece()
    write_json(folder / "tokenizer.json", word_piece_tokenizer(vocabulary))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": kind, "model_max_length": longest, "do_lower_case": True,
            "cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]",
            "unk_token": "[UNK]", "strip_accents": None, "tokenize_chinese_chars": True,
        },
    )
    return len(vocabulary)


def write_byte_pairs(folder, longest):
    vocabulary = byte_pairs()
    write_json(folder / "tokenizer.json", byte_pair_tokenizer(vocabulary))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "CLIPTokenizer", "model_max_length": longest, "do_lower_case": True,
            "bos_token": CLIP_START, "eos_token": CLIP_END, "pad_token": CLIP_END, "unk_token": CLIP_END,
            "add_prefix_space": False, "errors": "replace",
        },
    )
    return len(vocabulary)
