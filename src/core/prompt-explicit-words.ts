/**
 * What is sexual or bare in a prompt, in English and German: a list for refusing, no list of what anybody should write. Words with another
 * common meaning stand among the phrases that tell them apart, or are left out (`Schwanz`, `Eichel`, `vögeln`).
 */
import { wordSet } from '#core/prompt-spelling.ts';

const english = wordSet(`
  nude nudes nudity nudist nudists naked nakedness nakidity nekkid seminude seminaked topless bottomless unclothed undressed undressing
  disrobed nsfw porn porno porns pornos pornographic pornography pornographie pornografie pornografisch pornografische pornografisches pr0n pron
  hentai xxx ecchi sex sexual sexually sexualised sexualized sexualise sexualize intercourse orgasm orgasms orgasmic genital genitals genitalia
  penis penises vagina vaginas vulva labia boobs boobies tits titties nipple nipples areola areolas blowjob handjob masturbate masturbates
  masturbating masturbation erotic erotica erotik striptease stripper strippers lewd lewds fellatio cunnilingus fucking fucked fuck bdsm
  pussy pussies cunt cunts clit clits clitoris cock cocks dildo dildos buttplug cameltoe scrotum testicle testicles boner boners   cum cums cumming cumshot cumshots creampie semen sperm ejaculate ejaculates ejaculating ejaculation anal anally deepthroat deepthroating
  blowjobs handjobs footjob rimjob titjob titfuck fucks fuckable facefuck gangbang gangbangs gangbanged bukkake threesome orgy orgies
  wank wanking incest incestuous bestiality zoophilia upskirt upskirts downblouse doggystyle slut sluts slutty whore whores
  rape raped rapes raping rapist molest molests molested molesting molester molestation deflower deflowered nudify nudified
`);

/** They also tell that a `kind` beside them is a child. */
export const explicitGermanWords = wordSet(`
  nackt nackte nackter nackten nacktes nacktem nacktheit nacktfoto nacktfotos nacktbild nacktbilder nacktaufnahme nacktaufnahmen nacktszene
  nacktszenen nacktmodell nacktbaden nacktbadend nacktbadende nacktbadendes nacktbadender nackedei nackig nackige nackiger nackiges nackigen
  splitternackt splitternackte splitternackter splitternacktes splitternackten splitterfasernackt halbnackt halbnackte halbnackter
  halbnacktes halbnackten entblößt entblößte entblößter entblößtes entblößten entkleidet entkleidete entkleidetes entkleideter unbekleidet
  unbekleidete unbekleideter unbekleidetes unbekleideten hüllenlos hüllenlose hüllenloses pornos pornobild pornofilm sexuell sexuelle sexueller sexuelles
  sexuellen sexszene sexszenen sexbild sexbilder geschlechtsverkehr geschlechtsakt geschlechtsteil geschlechtsteile genitalien schamlippen brustwarze
  brustwarzen nippel titten busenfrei erotisch erotische erotischer erotisches erotischen aktfoto aktfotos aktfotografie aktbild aktbilder
  aktmodell aktgemälde aktzeichnung aktmalerei aktaufnahme onanieren onaniert masturbieren masturbiert selbstbefriedigung ficken fickt gefickt
  muschi muschis fotze fotzen pimmel penise hoden klitoris sperma spermien arschloch analverkehr oralverkehr analsex oralsex arschfick
  vergewaltigung vergewaltigungen vergewaltigt vergewaltigte vergewaltigter vergewaltigtes vergewaltigten vergewaltigen vergewaltiger
  bumsen bumst gebumst wichsen wichst gewichst abspritzen abgespritzt orgie orgien inzest hure huren nutte nutten entjungfert
  entjungferung busenblitzer
`);

/** Nudity and sexual acts beyond doubt. */
export const explicitWords: ReadonlySet<string> = new Set([...english, ...explicitGermanWords]);

export const explicitPhrases: readonly RegExp[] = [
  /\b(?:without|no|not wearing|wearing no|wears no|take[sn]? off (?:all )?(?:her|his|their)) (?:any )?(?:clothes(?! ?(?:pegs?|hangers?|lines?))|clothing|underwear)\b/u,
  /\b(?:wearing|wears) nothing\b/u,
  /\boben ohne\b/u,
  /\bohne (?:kleidung|kleider|klamotten|bekleidung|hullen|huellen)\b/u,
  /\b(?:weiblicher|mannlicher|maennlicher) akt\b/u,
  /\bhaving sex\b/u,
  /\b(?:bare|exposed|uncovered|bared) (?:breasts?|bosoms?|butts?|bottoms?|buttocks|ass|asses|behinds?|crotch)\b/u,
  /\b(?:big|large|huge|small|tiny|perky|firm|flat|budding|developing) breasts\b/u,
  /\bspread(?:ing|s)? (?:\w+ )?legs\b/u,
  /\blegs (?:wide )?spread\b/u,
  /\b(?:big|huge|hard|erect|small|little|tiny|his|my|your|suck|sucks|sucked|sucking|boys?|girls?|kids?|teens?|toddlers?|child|childs|son|sons|loli|shota|babys?) dicks?\b/u,
  /\bdick ?pics?\b/u,
  /\berections?\b(?! of\b)/u,
  /\b(?:blanke|blosse|entblosste|entbloesste|pralle)[nrms]? (?:brust|brue?sten?|busen|hintern|pos?|pobacken)\b/u,
  /\bgespreizte[nrms]? beine?n?\b/u,
  /\bbeine? (?:weit )?(?:gespreizt|breit)\b/u,
  /\b(?:steif|hart|erigiert)e[nrms]? schwanz\b/u,
];

/** Suggestive: enough together with children, not with a name. */
export const suggestiveWords = wordSet(`
  sexy sexier sexiest seductive seductively sensual sensually lingerie panties thong thongs underwear lascivious horny aroused arousal kinky
  fetish bondage provocatively undress strip stripping sultry sexiness busty cleavage undies bra bras panty aphrodisiac
  verführerisch verführerische verführerischer verführerisches verführerischen lasziv laszive laszives laszivem aufreizend aufreizende aufreizendes
  dessous reizwäsche unterwäsche strapse tanga geil geile geiles geiler fetisch sexi ausziehen ausgezogene ausgezogenes
  brüste brüsten busen vollbusig vollbusige vollbusiges büstenhalter missbraucht missbrauchte missbrauchtes missbrauchter missbrauch
  geschändet geschändete geschändetes
`);

/** A breast is one of a chicken as well, and what a medal hangs on. */
export const suggestivePhrases: readonly RegExp[] = [
  /(?<!\b(?:chicken|turkey|duck|goose|robin|red) )\bbreasts?\b(?! (?:of (?:an? |the )?(?:chicken|turkey|duck|goose)|feed|feeds|feeding|fed|milk|strokes?|plates?|pockets?|pumps?|cancer)\b)/u,
  /(?<!\b(?:auf|an|vor) (?:der|die|seiner|ihrer|seine|ihre) )\bbrust\b/u,
  /\blegs (?:wide )?(?:open|apart)\b/u,
  /\bopen legs\b/u,
];
