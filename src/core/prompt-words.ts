/**
 * Words of the rules that always hold, in English and German. A word stands in one list only where that is enough by itself in company with
 * another list: none of them refuses anything alone, but for those that name both at once.
 */
import { wordSet } from '#core/prompt-spelling.ts';

/** Nudity and sexual acts beyond doubt. */
export const explicitWords = wordSet(`
  nude nudes nudity nudist nudists naked nakedness nakidity nekkid seminude seminaked topless bottomless unclothed undressed undressing
  disrobed nsfw porn porno porns pornos pornographic pornography pornographie pornografie pornografisch pornografische pornografisches pr0n pron
  hentai xxx ecchi sex sexual sexually sexualised sexualized sexualise sexualize intercourse orgasm orgasms orgasmic genital genitals genitalia
  penis penises vagina vaginas vulva labia boobs boobies tits titties nipple nipples areola areolas blowjob handjob masturbate masturbates
  masturbating masturbation erotic erotica erotik striptease stripper strippers lewd lewds fellatio cunnilingus fucking fucked fuck bdsm
  nackt nackte nackter nackten nacktes nacktem nacktheit nacktfoto nacktfotos nacktbild nacktbilder nacktaufnahme nacktaufnahmen nacktszene
  nacktszenen nacktmodell nacktbaden nacktbadend nacktbadende nacktbadendes nacktbadender nackedei nackig nackige nackiger nackiges nackigen
  splitternackt splitternackte splitternackter splitternacktes splitternackten splitterfasernackt halbnackt halbnackte halbnackter
  halbnacktes halbnackten entblößt entblößte entblößter entblößtes entblößten entkleidet entkleidete entkleidetes entkleideter unbekleidet
  unbekleidete unbekleideter unbekleidetes unbekleideten hüllenlos hüllenlose hüllenloses pornos pornobild pornofilm sexuell sexuelle sexueller sexuelles
  sexuellen sexszene sexszenen sexbild sexbilder geschlechtsverkehr geschlechtsakt geschlechtsteil geschlechtsteile genitalien schamlippen brustwarze
  brustwarzen nippel titten busenfrei erotisch erotische erotischer erotisches erotischen aktfoto aktfotos aktfotografie aktbild aktbilder
  aktmodell aktgemälde aktzeichnung aktmalerei aktaufnahme onanieren onaniert masturbieren masturbiert selbstbefriedigung ficken fickt gefickt
`);

/** Suggestive: enough together with children, not with a name. */
export const suggestiveWords = wordSet(`
  sexy sexier sexiest seductive seductively sensual sensually lingerie panties thong thongs underwear lascivious horny aroused arousal kinky
  fetish bondage provocatively undress strip stripping sultry sexiness
  verführerisch verführerische verführerischer verführerisches verführerischen lasziv laszive laszives laszivem aufreizend aufreizende aufreizendes
  dessous reizwäsche unterwäsche strapse tanga geil geile geiles geiler fetisch sexi ausziehen ausgezogene ausgezogenes
`);

/** Children and young people beyond doubt. */
export const minorWords = wordSet(`
  child children childs childlike kid kids kiddo kiddos kiddie kiddies toddler toddlers infant infants newborn newborns preteen preteens tween tweens
  teen teens teenage teenager teenagers teenaged adolescent adolescents underage underaged minors juvenile juveniles schoolgirl schoolgirls
  schoolboy schoolboys schoolchild schoolchildren schoolkid schoolkids preschooler preschoolers kindergartner kindergartners kindergarten
  grandchild grandchildren granddaughter granddaughters grandson grandsons daughter daughters stepdaughter loli lolis lolita lolitas lolicon
  shota shotas shotacon jailbait pubescent prepubescent prepubertal
  kinder kindern kindes kindchen kindlich kindliche kindlicher kindliches kindlichen kleinkind kleinkinder kleinkindern schulkind schulkinder
  schulkindern vorschulkind vorschulkinder grundschulkind grundschulkinder grundschüler grundschülerin grundschülerinnen säugling säuglinge neugeborenes neugeborene
  teenie teenies jugendliche jugendlicher jugendlichen jugendliches jugendlich minderjährig minderjährige minderjähriger minderjährigen
  minderjähriges schulmädchen schuljunge schuljungen schülerin schülerinnen schüler schülern halbwüchsige halbwüchsiger halbwüchsigen
  pubertär pubertäre vorpubertär tochter töchter töchtern stieftochter söhne sohn enkelin enkelinnen enkelkind enkelkinder knabe knaben knabenhaft
`);

/** Often said of grown-ups as well, so only what is explicit counts together with them. */
export const ambiguousMinorWords = wordSet(`
  girl girls boy boys baby babies youth youths minor highschooler highschoolers youngster youngsters lad lads lass
  mädchen maderl mädel mädels jungs bub buben
`);

/** Words that name both at once. */
export const alwaysRefused = wordSet(`
  childporn childporno kiddieporn kidporn teenporn preteenporn lolicon shotacon lolihentai kinderporno kinderpornos kinderpornografie kinderpornographie
  kinderpornografisch kinderpornografische kinderpornografisches kindersex jugendpornografie pedo pedophile pedophilic pedophilia paedophile
  paedophilia pädophil pädophile pädophiles pädophilie
`);

/** What has nothing to do with nudity, though a word of it sounds so; left out before anything is looked for. */
export const harmlessPhrases: readonly RegExp[] = [
  /\bhelena? of troy\b/gu,
  /\b(?:naked|topless) (?:eyes?|jeeps?|cars?|bus(?:es)?|mole rats?|flames?|trees?|branch(?:es)?|bulbs?|light ?bulbs?|cakes?|oats?)\b/gu,
  /\bnude[- ](?:colou?rs?|colou?red|tones?|shades?|lipsticks?|heels|pumps|nails?|nail polish|beige|pink|palette|make-?up)\b/gu,
  /\b(?:same|opposite)[- ]sex\b/gu,
  /\bsex and the city\b/gu,
  /\bsex (?:education|chromosomes?|pistols)\b/gu,
  /\b(?:undress(?:ed|ing)?) (?:stone|wood|timber|salad)\b/gu,
  /\bstrip(?:ping)? (?:of|mall|malls|lights?|wallpaper|paint|the paint|the wallpaper|light)\b/gu,
  /\b(?:comic|film|led|land|news) strips?\b/gu,
  /\bnackt(?:e[nrs]?)? (?:baume?n?|baeumen?|felsen|betons?|bodens?|steine?n?|ziegeln?|wande?n?|waende|erde|fussen?|fuessen?|fusse|fuesse|aste?n?|zweige?n?|gluhbirnen?|gluehbirnen?)\b/gu,
  /\bhorny toads?\b/gu,
  /\b(?:baby|girl)[- ](?:blue|pink|grand|oil|carrots?|spinach|elephants?|animals?|birds?|penguins?|steps)\b/gu,
  /\b(?:cow|play|pin-?up|cover|calendar|it|band|bond|show|chorus|working|gogo|go-go|call)[- ]?(?:girls?|boys?)\b/gu,
  /\bgirls?[- ]?(?:friends?|power|band)\b/gu,
  /\bboys?[- ]?(?:friends?|band|bands)\b/gu,
  /\bminor (?:details?|changes?|chords?|keys?|scales?|planets?|roads?|characters?)\b/gu,
  /\b(?:in )?[a-h](?: flat| sharp)? minor\b/gu,
];

/** German words that tell that a `kind` is a child and no compliment. */
export const germanMarks = wordSet(`
  ein eine einem einen einer eines das der dem den des mit ohne im beim vom zum zur auf aus bei nach vor hinter neben unter über zwischen und oder
  nackt nackte nackter nackten nacktes nacktem kein keinem unterwäsche reizwäsche dessous nackedei nacktbild nacktfoto unbekleidet unbekleidetes entblößt entblößtes splitternackt erotisch erotisches dieses diesem jedes kleines kleine junges ist sind steht sitzt liegt spielt wird
`);

/** After `junge` they tell that it is a boy: `ein nackter Junge am Strand`, but not `eine junge Frau`. */
export const afterBoy = wordSet(`
  am an im in auf mit ohne und oder vor hinter neben unter über bei beim der die das den dem des ist sind steht sitzt liegt spielt badet schwimmt läuft
  von vom zum zur aus als wie nackt sexuell
`);
