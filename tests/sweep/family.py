"""A family of nets, for sweeps."""

TEXT = """\
block basic(width, stride = 1):
    residual:
        conv 3x3, width, /stride | bn | relu
        conv 3x3, width | bn
    relu

block deep(width, stride = 1, groups = 1):
    let inner = width // 2
    residual:
        conv 1x1, inner | bn | relu
        conv 3x3, inner, /stride, groups=groups | bn | relu
        conv 1x1, width * 4 | bn
    relu

net family(unit, depths, width = 8, classes = 10, size = 16):
    input 3 x size x size
    conv 3x3, width | bn | relu
    for n in depths:
        n * unit channels * 2, /2
    avgpool | flatten
    fc: linear classes

net small = family basic, [1, 2]
"""
