"""Words of each language that decide where captions are broken. Data only.

`ARTICLES`, `LINKING` and `BINDING` are the frequent forms of closed word classes, as Universal Dependencies defines
them (https://universaldependencies.org/u/pos): articles; prepositions and conjunctions (ADP, CCONJ, SCONJ); possessives
and demonstratives (DET), unstressed pronouns (PRON), auxiliary verbs (AUX) and negations. They were collected by hand.
`AND_OR` is from Unicode CLDR: the words of its lists ("{0} and {1}"), for all languages that the speech model knows; a
test compares them with the CLDR data of Babel. Captions in a language without an entry in the other lists are broken at
marks, at pauses and before these two words.

An elided form is written with its apostrophe ("d'"), and also counts at the beginning of a word ("d'une").
"""

from __future__ import annotations

ARTICLES = {
    "en": "a an the",
    "fr": "le la les l' un une des du au aux",
    "es": "el la los las lo un una unos unas al del",
    "pt": "o a os as um uma uns umas ao à aos às do da dos das no na nos nas num numa pelo pela pelos pelas",
    "it": (
        "il lo la i gli le l' un uno una un' al allo alla ai agli alle all' del dello della dei degli delle "
        "dell' dal dallo dalla dai dagli dalle dall' nel nello nella nei negli nelle nell' sul sullo sulla "
        "sui sugli sulle sull'"
    ),
    "ca": "el la els les l' un una uns unes al als del dels pel pels",
    "ro": "un o unei unui niște al a ai ale",
    "de": "der die das dem den des ein eine einen einem einer eines im am zum zur vom beim ins ans",
    "nl": "de het een 't 'n",
    "sv": "en ett den det de",
    "da": "en et den det de",
    "no": "en et ei den det de",
    "el": "ο η το οι τα του της των τον την τους τις ένας μια μία ένα στο στη στην στον στα στους στις",
    "hu": "a az egy",
}
LINKING = {
    "en": (
        "and but or so because although while when where which who that if then than as after before until "
        "since unless whether in on at of for with from by to into about over under between through during "
        "without against towards upon within among"
    ),
    "fr": (
        "et ou mais donc or ni car que qu' qui dont où quand lorsque lorsqu' comme si parce puisque puisqu' "
        "quoique tandis afin à de d' en dans par pour sur sous avec sans chez vers entre pendant depuis avant "
        "après contre jusque jusqu' dès malgré"
    ),
    "es": (
        "y e o u pero sino ni que quien quienes cual cuando donde como si porque pues aunque mientras a de en "
        "con por para sin sobre entre hasta desde hacia según durante contra tras ante bajo mediante"
    ),
    "pt": (
        "e ou mas nem que quem qual quando onde como se porque pois embora enquanto a de em com por para sem "
        "sobre entre até desde segundo durante contra após ante sob"
    ),
    "it": (
        "e ed o od ma né che chi cui quando dove come se perché poiché mentre benché affinché a ad di d' da "
        "in con su per tra fra senza sopra sotto verso durante contro dopo prima"
    ),
    "ca": (
        "i o però ni que qui quan on com si perquè doncs encara mentre a de d' en amb per sense sobre entre "
        "fins des cap durant contra"
    ),
    "ro": (
        "și sau dar iar ci nici că care cine când unde cum dacă deoarece pentru la de în din cu pe fără sub "
        "spre între până după"
    ),
    "de": (
        "und oder aber sondern denn dass daß weil obwohl wenn als ob wie wo während bevor nachdem damit "
        "sodass bis seit falls in an auf aus bei mit nach von vor zu über unter durch für gegen ohne um "
        "zwischen trotz wegen gegenüber hinter neben"
    ),
    "nl": (
        "en of maar want dat die omdat hoewel als wanneer toen terwijl zodat voordat nadat tot sinds waar in "
        "op aan van voor met naar uit bij door over onder tegen zonder om tussen tijdens na te"
    ),
    "sv": (
        "och eller men för att som när om eftersom medan innan efter sedan där då i på av till från med hos "
        "över under mellan genom utan mot vid"
    ),
    "da": (
        "og eller men for at som der når hvis fordi mens før efter siden hvor da i på af til fra med hos over "
        "under mellem gennem uden mod ved"
    ),
    "no": (
        "og eller men for at som når hvis fordi mens før etter siden hvor da i på av til fra med hos over "
        "under mellom gjennom uten mot ved"
    ),
    "pl": (
        "i oraz a ale lub albo ani że żeby który która które gdy kiedy gdzie jak jeśli ponieważ bo choć w we "
        "na z ze do od po przez dla o u pod nad przed za bez przy między podczas"
    ),
    "cs": (
        "a i ale nebo ani že aby který která které když kde jak jestli protože ačkoli v ve na z ze do od po "
        "pro o u pod nad před za bez při mezi během"
    ),
    "sk": (
        "a i ale alebo ani že aby ktorý ktorá ktoré keď kde ako ak pretože hoci v vo na z zo do od po pre o u "
        "pod nad pred za bez pri medzi počas"
    ),
    "ru": (
        "и а но или ни что чтобы который которая которое которые когда где как если потому хотя пока в во на "
        "с со из к ко от до по для о об у под над перед за без при между через после"
    ),
    "uk": (
        "і й та а але або чи ні що щоб який яка яке які коли де як якщо бо тому хоча поки в у на з із зі до "
        "від по для про під над перед за без при між через після"
    ),
    "tr": "ve veya ama fakat çünkü ki eğer gibi için ile",
    "el": (
        "και κι ή αλλά όμως ούτε ότι πως που όταν όπου όπως αν γιατί επειδή ενώ σε από με για προς μετά πριν "
        "χωρίς κατά μέχρι"
    ),
    "hu": "és vagy de hanem sem hogy aki ami amely mikor amikor ahol mint ha mert bár míg",
    "fi": "ja tai mutta vaan eli että joka jotka kun missä kuin jos koska vaikka",
    "ar": (
        "و أو ثم لكن ولكن أم بل أن إن لأن كي حتى إذا لو عندما حين حيث الذي التي الذين كما منذ في من على إلى "
        "عن مع بين بعد قبل عند تحت فوق خلال ضد بدون حول"
    ),
    "he": "או אבל אלא כי אם אשר כאשר כדי למרות של על אל עם בין אחרי לפני תחת מעל ללא עד",
    "fa": "و یا اما ولی که چون اگر وقتی تا در به از با برای بر بدون بین پس",
    "ur": "اور یا لیکن مگر کہ کیونکہ اگر جب تاکہ",
    "hi": "और या लेकिन मगर परंतु कि क्योंकि अगर यदि जब ताकि",
    "id": (
        "dan atau tetapi tapi bahwa yang karena jika kalau ketika sehingga di ke dari pada untuk dengan oleh "
        "dalam antara tanpa"
    ),
    "vi": "và hoặc nhưng rằng mà vì nếu khi để của ở trong trên cho với từ đến bằng",
}
BINDING = {
    "en": (
        "i you he she it we they my your his her its our their this these those not no very am is are was "
        "were be been being do does did have has had can could will would shall should may might must i'm "
        "i've i'll i'd you're we're they're it's don't didn't can't one two three four five six seven eight "
        "nine ten"
    ),
    "fr": (
        "je j' tu il elle on nous vous ils elles me m' te t' se s' lui leur y ne n' pas c' ce cet cette ces "
        "mon ma mes ton ta tes son sa ses notre nos votre vos leurs plus très tout toute tous suis es est "
        "sommes êtes sont était ai as a avons avez ont avait"
    ),
    "es": (
        "yo me te se nos os le les mi mis tu tus su sus este esta estos estas ese esa esos esas no muy más es "
        "son era fue soy ha he han había hay está están"
    ),
    "pt": (
        "eu me te se nos lhe lhes meu minha meus minhas teu tua seu sua seus suas este esta esse essa não "
        "muito mais é são era foi sou tem há está"
    ),
    "it": (
        "io mi ti si ci vi ne lo mio mia miei mie tuo tua suo sua suoi sue questo questa quest' quel quella "
        "quell' non molto più è sono era ha ho hanno"
    ),
    "ca": "jo em et es ens us li els meu meva aquest aquesta no molt més és són era ha he han hi m' t' s' n'",
    "de": (
        "ich du er es wir ihr sie mich dich sich mein meine meinen meinem meiner dein deine sein seine seinen "
        "ihre ihren unser unsere dieser diese dieses diesem diesen kein keine keinen nicht sehr bin ist sind "
        "war waren habe hat haben wird werden kann muss"
    ),
    "nl": (
        "ik je jij hij zij ze het we wij jullie mijn jouw zijn haar ons onze hun deze dit geen niet zeer is "
        "was waren heb heeft hebben kan wordt"
    ),
    "sv": (
        "jag du han hon vi ni min mitt mina din sin hans hennes vår denna detta inte mycket är var har hade kan ska"
    ),
    "da": (
        "jeg du han hun vi I min mit mine din sin hans hendes vores denne dette ikke meget er var har havde kan skal"
    ),
    "no": (
        "jeg du han hun vi dere min mitt mine din sin hans hennes vår denne dette ikke veldig er var har hadde kan skal"
    ),
    "pl": "nie bardzo się mój moja moje ten ta to jest są był była",
    "cs": "ne velmi se si můj moje ten ta to je jsou byl byla",
    "sk": "nie veľmi sa si môj moja ten tá to je sú bol bola",
    "ru": "не ни очень мой моя моё мои этот эта это эти",
    "uk": "не ні дуже мій моя моє мої цей ця це ці",
    "el": "δεν μην θα να μου σου πολύ είναι ήταν",
    "hu": "nem ez ezt nagyon",
    "fi": "ei en on oli hyvin",
    "tr": "bir bu şu çok",
    "ro": "nu mai foarte este sunt era am ai are au se îmi",
    "ar": "لا لم لن ما ليس قد سوف هذا هذه ذلك تلك هؤلاء كل يا",
    "he": "לא את זה זאת מאוד",
    "fa": "این آن هر خیلی",
    "ur": "یہ وہ نہ نہیں بہت",
    "hi": "यह वह न नहीं बहुत",
    "id": "tidak ini itu sangat akan",
    "vi": "không rất đã sẽ đang một các những",
}
AND_OR = {
    "af": "en of", "am": "እና ወይም", "ar": "و أو", "as": "আৰু বা", "az": "və yaxud", "be": "і ці", "bg": "и или",
    "bn": "এবং বা", "br": "ha pe", "bs": "i ili", "ca": "i o", "cs": "a nebo", "cy": "neu", "da": "og eller",
    "de": "und oder", "el": "και ή", "en": "and or", "es": "y o", "et": "ja või", "eu": "eta edo", "fa": "و یا",
    "fi": "ja tai", "fo": "og ella", "fr": "et ou", "gl": "e ou", "gu": "અને અથવા", "ha": "da ko", "he": "או",
    "hi": "और या", "hr": "i ili", "ht": "et ou", "hu": "és vagy", "hy": "եւ կամ", "id": "dan atau", "is": "og eða",
    "it": "e o", "ja": "または", "jv": "lan utowo", "ka": "და ან", "km": "និង ឬ", "kn": "ಮತ್ತು ಅಥವಾ", "ko": "및 또는",
    "la": "et", "ln": "mpé", "lo": "ຫຼື", "lt": "ir ar", "lv": "un vai", "mi": "rānei", "mk": "и или",
    "ml": "എന്നിവ അല്ലെങ്കിൽ", "mr": "आणि किंवा", "ms": "dan atau", "mt": "u", "my": "နှင့် သို့မဟုတ်",
    "ne": "र वा", "nl": "en of", "nn": "og eller", "no": "og eller", "oc": "e o", "pa": "ਅਤੇ ਜਾਂ", "pl": "i lub",
    "ps": "او یا", "pt": "e ou", "ro": "și sau", "ru": "и или", "sa": "तथा", "sd": "يا", "si": "සහ හෝ",
    "sk": "a alebo", "sl": "in ali", "so": "iyo ama", "sq": "dhe ose", "sr": "и или", "su": "sareng",
    "sv": "och eller", "sw": "na au", "ta": "மற்றும் அல்லது", "te": "మరియు లేదా", "tg": "ё", "th": "และ หรือ",
    "tk": "we ýa-da", "tl": "at o", "tr": "ve veya", "tt": "һәм яки", "uk": "і або", "ur": "اور یا",
    "uz": "va yoki", "vi": "và hoặc", "yi": "און", "yo": "tabi", "yue": "同 或", "zh": "和 或",
}  # fmt: skip
"""The words for "and" and "or"."""
TRAILING = {
    "zh": "的 地 得 了 着 著 过 過 吗 嗎 呢 吧 们 們",
    "yue": "嘅 咗 喇 啦 呀 㗎 呢 吧 哋",
    "ja": "は が を に で と も の へ や か ね よ です ます ました から まで",
    "ko": "것 수 때",
    "tr": "mi mı mu mü da de ki",
}
"""Words that belong to the word before them: particles (PART) and postpositions."""
ABBREVIATIONS = {
    "en": "mr. mrs. ms. dr. prof. st. e.g. i.e. vs. etc. no.",
    "fr": "m. mm. mme. mlle. dr. me. st. ste. p.ex. etc.",
    "es": "sr. sra. srta. dr. dra. d. dña. ud. uds. p.ej. etc.",
    "pt": "sr. sra. srta. dr. dra. exmo. p.ex. etc.",
    "it": "sig. sig.ra dott. dott.ssa prof. ing. avv. ecc.",
    "de": "hr. fr. dr. prof. st. z.b. d.h. u.a. usw. bzw. ca. nr. inkl. evtl. str.",
    "nl": "dhr. mevr. mw. dr. drs. ir. prof. bijv. enz. o.a.",
    "pl": "dr. prof. np. m.in. itd. itp. ul. inż. mgr.",
    "cs": "dr. prof. ing. mgr. např. atd. tj. ul.",
    "ru": "г. гг. т.д. т.е. т.п. др. ул. им. проф.",
    "tr": "dr. prof. sn. vb. vs. örn.",
}
"""Abbreviations that other words follow, so their full stop ends no sentence."""
ORDINAL_STOP = frozenset(
    ("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lb", "lv", "no", "pl", "sk", "sl", "sr", "tr")
)
"""Languages in which a full stop after a number means "the 3rd" (CLDR's date formats, such as "d. MMMM")."""
CAPITAL_NOUNS = frozenset(("de", "lb"))
"""Languages that write every noun with a capital letter, so two capitals together are not a name."""
STILL_CAPITAL = {
    "en": "i i'm i've i'll i'd",
    "de": "sie ihr ihre ihren",
    "da": "i de",
    "no": "de",
}
"""Words of the lists above that are capitalised even inside sentences."""
