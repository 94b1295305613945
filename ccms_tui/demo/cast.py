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
        _("Jade Abacus has a single-DA waiver: an address you enter applies at once and its code is mailed."),
        Operator("jaaa.maker", "Siu Wai Ting 蕭偉婷", Role.DA_MAKER, WAIVER_HOUSE),
    ),
    DemoRole(
        "dual-maker",
        _("DA maker"),
        _("Harbour Lantern works under dual control: what you enter waits for your checker."),
        Operator("halb.maker", "Chan Mei Oi 陳美愛", Role.DA_MAKER, DUAL_HOUSE),
    ),
    DemoRole(
        "checker",
        _("DA checker"),
        _("The checker of Harbour Lantern: see what waits for approval, resend codes, enter them."),
        Operator("halb.checker", "Tsang Suet Ling 曾雪玲", Role.DA_CHECKER, DUAL_HOUSE),
    ),
    DemoRole(
        "helpdesk",
        _("Helpdesk"),
        _("The DCASS hotline: find the caller, see why the code never came, send another."),
        Operator("hotline.ho", "Ho Pui Yee 何佩怡", Role.HELPDESK),
    ),
    DemoRole(
        "operations",
        _("Operations"),
        _("The clearing house: all participants, the schedule, the mail queue."),
        Operator("ops.yeung", "Yeung Ka Wai 楊嘉偉", Role.OPERATIONS),
    ),
)
