"""Who one can come in as; they are part of the invented roster; and the moment it begins."""

from datetime import UTC, datetime

from ccms_tui.demo.info import DemoRole
from screens.words import _
from store.views import Operator, Role

START = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
"""Monday 6 February 2023, 09:30 in Hong Kong: users' registration is open, that of DAs is not."""

WAIVER_HOUSE, DUAL_HOUSE = "C10100", "C10107"

CAST: tuple[DemoRole, ...] = (
    DemoRole(
        "maker",
        _("DA maker, alone"),
        _("Jade Abacus, single-DA waiver: your changes apply at once."),
        Operator("jaaa.maker", "Siu Wai Ting 蕭偉婷", Role.DA_MAKER, WAIVER_HOUSE),
    ),
    DemoRole(
        "dual-maker",
        _("DA maker"),
        _("Harbour Lantern, dual control: changes wait for a checker."),
        Operator("halb.maker", "Chan Mei Oi 陳美愛", Role.DA_MAKER, DUAL_HOUSE),
    ),
    DemoRole(
        "checker",
        _("DA checker"),
        _("Harbour Lantern: approve or reject what your maker changed."),
        Operator("halb.checker", "Tsang Suet Ling 曾雪玲", Role.DA_CHECKER, DUAL_HOUSE),
    ),
    DemoRole(
        "helpdesk",
        _("Helpdesk"),
        _("The DCASS hotline: find the caller, see why no code came."),
        Operator("hotline.ho", "Ho Pui Yee 何佩怡", Role.HELPDESK),
    ),
    DemoRole(
        "operations",
        _("Operations"),
        _("The clearing house: participants, schedule, mail queue."),
        Operator("ops.yeung", "Yeung Ka Wai 楊嘉偉", Role.OPERATIONS),
    ),
    DemoRole(
        "second",
        _("Operations, second person"),
        _("For what takes two: decide on what the first has proposed."),
        Operator("ops.kwok", "Kwok Wing Sze 郭詠詩", Role.OPERATIONS),
    ),
)
