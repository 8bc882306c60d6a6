"""Every kind of finding, in one list: its code, its title, a bad and a good example.

E0xx text and bounds · E1xx names · E2xx values · E3xx shapes · E4xx weights, which no
text shows. The documentation prints this catalogue, and the tests run both examples of
each.
"""

from __future__ import annotations

from resdsl.core.diagnostic import Diagnostic

_NET = "net n:\n    input 3 x 32 x 32\n"


class UnreadableText(Diagnostic):
    """The bytes are not text that can be shown safely."""

    code = "E001"
    title = "not UTF-8 text, or a character that hides what the text says"
    bad = "net n:\n    input 3  # \u202e\n    linear 2\n"
    good = "net n:\n    input 3  # résumé\n    linear 2\n"


class SyntaxFault(Diagnostic):
    """The text does not read as the language."""

    code = "E002"
    title = "the text does not read as the language"
    bad = _NET + "    conv 3x3, , 64\n"
    good = _NET + "    conv 3x3, 64\n"


class FileTooLarge(Diagnostic):
    """A file beyond the bound on its size."""

    code = "E010"
    title = "a file is larger than the limit"
    bad = ""
    good = ""


class NestedTooDeep(Diagnostic):
    """Brackets, indentation or calls beyond the bound."""

    code = "E011"
    title = "brackets, indentation or block calls nest deeper than the limit"
    bad = _NET + f"    conv 3x3, {'(' * 70}64{')' * 70}\n"
    good = _NET + "    conv 3x3, (((64)))\n"


class UseTooDeep(Diagnostic):
    """Files that use files that use files."""

    code = "E012"
    title = "files use one another deeper than the limit"
    bad = ""
    good = ""


class TooManyOperators(Diagnostic):
    """A network beyond the bound on its expanded operators."""

    code = "E013"
    title = "the network expands to more operators than the limit"
    bad = "block b:\n    relu\n\n" + _NET + "    10**9 * b\n"
    good = "block b:\n    relu\n\n" + _NET + "    10 * b\n"


class TooManyParameters(Diagnostic):
    """A network beyond the bound on its parameters."""

    code = "E014"
    title = "the network has more parameters than the limit"
    bad = "net n:\n    input 10000000\n    linear 10000000\n"
    good = "net n:\n    input 1000\n    linear 1000\n"


class NumberTooLarge(Diagnostic):
    """A number beyond the bound on its digits."""

    code = "E015"
    title = "a number has more digits than the limit"
    bad = _NET + "    conv 3x3, 10 ** 30\n"
    good = _NET + "    conv 3x3, 10 ** 2\n"


class CompilerFault(Diagnostic):
    """A mistake of the compiler's own, where the other nets of a sweep go on."""

    code = "E020"
    title = "the compiler itself failed on one net of a sweep"
    bad = ""
    good = ""


class UnknownName(Diagnostic):
    """A name that nothing in sight declares."""

    code = "E101"
    title = "an unknown name"
    bad = "net n(width = 8):\n    input 3\n    linear widht\n"
    good = "net n(width = 8):\n    input 3\n    linear width\n"


class UnknownLayer(Diagnostic):
    """A call of something that is neither a layer nor a block."""

    code = "E102"
    title = "an unknown layer or block"
    bad = _NET + "    cnov 3x3, 64\n"
    good = _NET + "    conv 3x3, 64\n"


class UnknownArgument(Diagnostic):
    """An argument that the callee does not have."""

    code = "E103"
    title = "an unknown argument"
    bad = _NET + "    conv 3x3, 64, strides=2\n"
    good = _NET + "    conv 3x3, 64, stride=2\n"


class UnknownNet(Diagnostic):
    """A net that is not in the file, or none that could be chosen."""

    code = "E104"
    title = "the net asked for is not there, or must be chosen"
    bad = "net n = resnte\n"
    good = "net m:\n    input 3\n    linear 2\n\nnet n = m\n"


class UnknownShortcut(Diagnostic):
    """A shortcut rule that nothing declares."""

    code = "E105"
    title = "an unknown shortcut rule"
    bad = "net n:\n    use shortcut zero_padd\n    input 3\n    linear 2\n"
    good = "net n:\n    use shortcut zero_pad\n    input 3\n    linear 2\n"


class DuplicateName(Diagnostic):
    """Two things with one name in one place."""

    code = "E106"
    title = "one name for two things"
    bad = "net n:\n    input 3\n    fc: linear 2\n    fc: linear 2\n"
    good = "net n:\n    input 3\n    fc1: linear 2\n    fc2: linear 2\n"


class ReservedName(Diagnostic):
    """A name that Python or the frameworks keep for themselves."""

    code = "E107"
    title = "a name that generated code cannot use"
    bad = "net n:\n    input 3\n    forward: linear 2\n"
    good = "net n:\n    input 3\n    head: linear 2\n"


class NotAvailable(Diagnostic):
    """A merge in a sequence, which has no place for one; a layer a target lacks."""

    code = "E108"
    title = "not available here, or not in this target"
    bad = "net n:\n    input 3\n    part:\n        residual: linear 3\n"
    good = (
        "block unit:\n    residual: linear 3\n\n"
        "net n:\n    input 3\n    part:\n        unit\n"
    )


class UnknownFile(Diagnostic):
    """A file to `use` that cannot be read."""

    code = "E109"
    title = "a file to use cannot be read"
    bad = "use sse\n\nnet n:\n    input 3\n    linear 2\n"
    good = "use se\n\nnet n:\n    input 3\n    linear 2\n"


class OutsideRoot(Diagnostic):
    """A file to `use` that lies outside the project."""

    code = "E110"
    title = "a file to use lies outside the project's root"
    bad = 'use "../secret.res"\n'
    good = "use se\n\nnet n:\n    input 3\n    linear 2\n"


class Recursion(Diagnostic):
    """Something defined by itself."""

    code = "E111"
    title = "a block, net or file that contains itself"
    bad = "block b:\n    b\n\nnet n:\n    input 3\n    b\n"
    good = "block b:\n    relu\n\nnet n:\n    input 3\n    b\n"


class WrongType(Diagnostic):
    """A value of another type than its place wants."""

    code = "E201"
    title = "a value of the wrong type"
    bad = _NET + "    conv 3x3, 6.5\n"
    good = _NET + "    conv 3x3, 6\n"


class OutOfRange(Diagnostic):
    """A value of the right type outside its range."""

    code = "E202"
    title = "a value out of range"
    bad = "net n:\n    input 3\n    dropout 1.5\n"
    good = "net n:\n    input 3\n    dropout 0.5\n"


class MissingArgument(Diagnostic):
    """A required argument that was not given."""

    code = "E203"
    title = "a required argument is missing"
    bad = _NET + "    conv 3x3\n"
    good = _NET + "    conv 3x3, 64\n"


class TooManyArguments(Diagnostic):
    """More positional arguments than the callee takes."""

    code = "E204"
    title = "too many arguments"
    bad = "net n:\n    input 3\n    linear 2, 3\n"
    good = "net n:\n    input 3\n    linear 2\n"


class DuplicateArgument(Diagnostic):
    """One argument given twice."""

    code = "E205"
    title = "an argument given twice"
    bad = _NET + "    conv 3x3, 64, /2, stride=2\n"
    good = _NET + "    conv 3x3, 64, /2\n"


class BadArithmetic(Diagnostic):
    """Arithmetic that has no result."""

    code = "E206"
    title = "arithmetic without a result"
    bad = _NET + "    conv 3x3, 64 // 0\n"
    good = _NET + "    conv 3x3, 64 // 2\n"


class BadIndex(Diagnostic):
    """An index outside its list."""

    code = "E207"
    title = "an index outside its list"
    bad = _NET + "    let widths = [16, 32]\n    conv 3x3, widths[2]\n"
    good = _NET + "    let widths = [16, 32]\n    conv 3x3, widths[1]\n"


class CannotMerge(Diagnostic):
    """Two paths whose shapes do not allow the merge."""

    code = "E301"
    title = "two paths that cannot be merged"
    bad = _NET + "    residual:\n        conv 3x3, 3, padding=0\n"
    good = _NET + "    residual:\n        conv 3x3, 3\n"


class GroupsDoNotDivide(Diagnostic):
    """Channels that the groups do not divide."""

    code = "E302"
    title = "groups that do not divide the channels"
    bad = _NET + "    conv 3x3, 64, groups=2\n"
    good = _NET + "    conv 3x3, 63, groups=3\n"


class KernelTooLarge(Diagnostic):
    """A window that is larger than its padded input."""

    code = "E303"
    title = "a kernel larger than its input"
    bad = "net n:\n    input 3 x 4 x 4\n    conv 7x7, 8, padding=0\n"
    good = "net n:\n    input 3 x 4 x 4\n    conv 3x3, 8, padding=0\n"


class Collapsed(Diagnostic):
    """A size that becomes zero."""

    code = "E304"
    title = "a size that collapses to zero"
    bad = "net n:\n    input 3 x 1 x 1\n    maxpool 2x2\n"
    good = "net n:\n    input 3 x 2 x 2\n    maxpool 2x2\n"


class WrongRank(Diagnostic):
    """An image where a vector is wanted, or the reverse."""

    code = "E305"
    title = "an input with the wrong number of dimensions"
    bad = _NET + "    linear 10\n"
    good = _NET + "    flatten\n    linear 10\n"


class MissingInput(Diagnostic):
    """A net whose input is not stated first."""

    code = "E306"
    title = "a net must begin with its input"
    bad = "net n:\n    linear 2\n"
    good = "net n:\n    input 3\n    linear 2\n"


class UnknownSize(Diagnostic):
    """A symbolic size where a number is needed."""

    code = "E307"
    title = "a size that must be known here is symbolic"
    bad = "net n:\n    input 3 x H x W\n    flatten\n    linear 2\n"
    good = "net n:\n    input 3 x H x W\n    avgpool | flatten\n    linear 2\n"


class EmptyBody(Diagnostic):
    """A body in which nothing happens."""

    code = "E308"
    title = "a body without a layer"
    bad = "net n:\n    input 3\n    residual:\n        let a = 1\n"
    good = "net n:\n    input 3\n    residual:\n        linear 3\n"


class LostOutput(Diagnostic):
    """Layers whose output nothing uses, since the network goes on from elsewhere."""

    code = "E309"
    title = "layers whose output is lost"
    bad = _NET + "    a: conv 3x3, 8\n    relu\n    a\n    sigmoid\n"
    good = _NET + "    a: conv 3x3, 8\n    b: relu\n    a\n    sigmoid | add b\n"


class WrongOrder(Diagnostic):
    """Channels last in memory where a layer takes them first, or the reverse."""

    code = "E310"
    title = "channels in an order that the layer does not take"
    bad = _NET + "    channels_last\n    conv 3x3, 8\n"
    good = _NET + "    channels_last\n    linear 8\n    channels_first\n"


class UnknownOutput(Diagnostic):
    """An output that is asked for, of a layer that the net does not have."""

    code = "E311"
    title = "an output of no layer"
    bad = "block b:\n    a: relu\n    output a\n\n" + _NET + "    b\n"
    good = _NET + "    a: conv 3x3, 8\n    output a\n"


class UnreadableWeights(Diagnostic):
    """A file of weights that is none, or in a format that is not understood."""

    code = "E401"
    title = "a file of weights that cannot be read"
    bad = ""
    good = ""


class MissingWeight(Diagnostic):
    """A tensor that the network has and the weights lack."""

    code = "E402"
    title = "a tensor is missing among the weights"
    bad = ""
    good = ""


class UnexpectedWeight(Diagnostic):
    """A tensor among the weights that the network has no place for."""

    code = "E403"
    title = "a tensor that the network has no place for"
    bad = ""
    good = ""


class WrongWeightShape(Diagnostic):
    """A tensor of another shape than the network's."""

    code = "E404"
    title = "a tensor of the wrong shape"
    bad = ""
    good = ""
