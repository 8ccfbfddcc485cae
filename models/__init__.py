"""How the network is made: train → export → quantise → evaluate → card.

Training and export need the `train` extra (torch, Ultralytics); measuring an exported network
needs pycocotools; `show` and `verify` need nothing beyond what checking a photo needs.
"""
