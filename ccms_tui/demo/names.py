"""Names for the invented roster: brokerages that do not exist, and people put together from common parts."""

BROKERAGES: tuple[tuple[str, str], ...] = (
    ("Jade Abacus", "玉算盤"), ("Harbour Lantern", "港燈籠"), ("Paper Crane", "紙鶴"),
    ("Kestrel Peak", "紅隼峰"),
    ("Bamboo Ledger", "竹賬簿"), ("Nine Carps", "九鯉"), ("Tin Kettle", "錫壺"), ("Moon Gate", "月門"),
    ("Silver Sampan", "銀舢舨"), ("Banyan Row", "榕樹里"), ("Copper Gong", "銅鑼"),
    ("Typhoon Eight", "八號風球"),
    ("Lychee Grove", "荔枝林"), ("Ink Stone", "硯台"), ("Red Pagoda", "紅塔"), ("Star Ferryman", "渡船人"),
    ("White Egret", "白鷺"), ("Plum Rain", "梅雨"), ("Lion Step", "獅步"), ("Osmanthus", "桂花"),
    ("Tea Clipper", "茶船"), ("Stone Bridge", "石橋"), ("Golden Shuttle", "金梭"), ("Cloud Stair", "雲梯"),
    ("Blue Porcelain", "青花"), ("Pearl Delta", "珠江角"), ("Quiet Harbour", "靜港"), ("Twin Oxen", "雙牛"),
    ("Wind Chime", "風鈴"), ("Hill Tram", "山頂車"), ("Lotus Desk", "蓮案"), ("Fire Thread", "火線"),
    ("Salt Pan", "鹽田"), ("Night Heron", "夜鷺"), ("Brass Compass", "黃銅羅盤"), ("Maple Kite", "楓鳶"),
    ("Tiger Walk", "虎步"), ("Sandalwood", "檀香"), ("Long Abacus", "長算"), ("Rice Terrace", "梯田"),
    ("Dragon Well", "龍井坊"), ("Signal Hill", "訊號山"), ("Oyster Bay", "蠔灣"), ("Cedar Scroll", "杉卷"),
    ("Evening Tide", "晚潮"), ("Jasmine Court", "茉莉閣"), ("Iron Rooster", "鐵雞"), ("Velvet Ox", "絨牛"),
    ("Seven Bells", "七鐘"), ("Camphor Gate", "樟門"), ("Lantern Walk", "燈行"), ("Coral Arch", "珊瑚拱"),
    ("Snow Sparrow", "雪雀"), ("Indigo Sail", "靛帆"), ("Ginger Lane", "薑巷"), ("Crane Ledger", "鶴賬"),
    ("Morning Junk", "晨帆"), ("Orchid Vault", "蘭庫"), ("Kumquat", "金桔"), ("Last Tram", "尾班車"),
)  # fmt: skip

TRADES: tuple[tuple[str, str], ...] = (
    ("Securities Limited", "證券有限公司"), ("Futures and Options Limited", "期貨及期權有限公司"),
    ("Brokerage (HK) Limited", "經紀（香港）有限公司"), ("Capital Markets Limited", "資本市場有限公司"),
    ("Clearing Limited", "結算有限公司"),
)  # fmt: skip

SURNAMES: tuple[tuple[str, str], ...] = (
    ("Chan", "陳"), ("Wong", "黃"), ("Lee", "李"), ("Cheung", "張"), ("Lau", "劉"), ("Lam", "林"),
    ("Ng", "吳"),
    ("Ho", "何"), ("Leung", "梁"), ("Yeung", "楊"), ("Chow", "周"), ("Tsang", "曾"), ("Kwok", "郭"),
    ("Tang", "鄧"), ("Fung", "馮"), ("Yip", "葉"), ("Szeto", "司徒"), ("Auyeung", "歐陽"), ("Kwan", "關"),
    ("Tse", "謝"), ("Poon", "潘"), ("Mak", "麥"), ("Choi", "蔡"), ("Lo", "羅"), ("Yuen", "袁"), ("Siu", "蕭"),
)  # fmt: skip

SYLLABLES: tuple[tuple[str, str], ...] = (
    ("Wing", "穎"), ("Ka", "嘉"), ("Man", "文"), ("Tsz", "子"), ("Ming", "明"), ("Wai", "偉"), ("Yan", "欣"),
    ("Hoi", "海"), ("Siu", "小"), ("Chun", "俊"), ("Lok", "樂"), ("Suet", "雪"), ("Kit", "傑"),
    ("Mei", "美"),
    ("Fai", "輝"), ("Ling", "玲"), ("Hang", "恆"), ("Yuk", "玉"), ("Sze", "詩"), ("Kin", "健"), ("Yee", "怡"),
    ("Cheuk", "卓"), ("Pui", "佩"), ("Ho", "浩"),
    ("Kwan", "君"), ("Oi", "愛"), ("Ting", "婷"), ("Shing", "成"),
)  # fmt: skip

GIVEN: tuple[str, ...] = (
    "Ada", "Brian", "Carmen", "Derek", "Eunice", "Felix", "Gloria", "Henry", "Ivy", "Jason", "Karen", "Leo",
    "Mandy", "Nelson", "Olivia", "Patrick", "Queenie", "Raymond", "Stella", "Terence", "Una", "Vincent",
    "Winnie", "Xavier", "Yvonne", "Zoe",
)  # fmt: skip

ABROAD: tuple[str, ...] = (
    "Aoife O'Brien", "Søren Kjær", "Priya Raghunathan", "José Núñez", "Hannah van der Meer", "Giulia D'Amico",
    "Tomasz Wójcik", "Ngozi Adébáyò", "Yuki Tanaka 田中雪", "Chloë Lefèvre",
)  # fmt: skip

HOSTILE: tuple[str, ...] = (
    "[/x] Wong [bold]Tai Man",
    "Chan\x1b[2J\x1b[31m Siu Ming 陳小明",
    "Lee \N{RIGHT-TO-LEFT OVERRIDE}nimda\N{POP DIRECTIONAL FORMATTING} Ka Man",
    "=HYPERLINK(\"mailto:x\",\"Lau\")",
    "Ho, \"Quoted\" Wai 何偉",
    "Cheung\x07 Bell Yee 張怡",
    "Ng \N{ROCKET}\N{FAMILY} Hoi 吳海",
    "Leung \N{ZERO WIDTH JOINER}\N{ZERO WIDTH SPACE}Hidden Ting 梁婷",
    "Auyeung " + " ".join(["Wing", "Ka", "Man", "Tsz"] * 25) + " 歐陽" + "嘉文" * 20,
    "司徒" + "樂欣" * 40,
)  # fmt: skip
"""Names that a careless screen, spreadsheet or terminal would trip over."""

QUESTIONS: tuple[str, ...] = (
    "The code never came.",
    "Code typed three times and refused; which one is the newest?",
    "Asks whether the mail is genuine: no link in it.",
    "User was on leave when the code was sent.",
    "Changed mailbox last week, wants the code at the new one.",
)
