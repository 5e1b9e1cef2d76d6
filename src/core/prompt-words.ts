/**
 * Words of the rules that always hold, in English and German. A word stands in one list only where that is enough by itself in company with
 * another list: none of them refuses anything alone, but for those that name both at once.
 */
import { wordSet } from '#core/prompt-spelling.ts';

/** Children and young people beyond doubt. */
export const minorWords = wordSet(`
  child children childs childlike kid kids kiddo kiddos kiddie kiddies toddler toddlers infant infants newborn newborns preteen preteens tween tweens
  teen teens teenage teenager teenagers teenaged adolescent adolescents underage underaged minors juvenile juveniles schoolgirl schoolgirls
  schoolboy schoolboys schoolchild schoolchildren schoolkid schoolkids preschooler preschoolers kindergartner kindergartners kindergartener kindergarteners kindergarten
  grandchild grandchildren granddaughter granddaughters grandson grandsons daughter daughters stepdaughter loli lolis lolita lolitas lolicon
  shota shotas shotacon jailbait jailbaits nymphet nymphets pubescent prepubescent prepubertal kiddy youngling younglings
  son sons stepson stepsons stepdaughters niece nieces nephew nephews gradeschooler gradeschoolers middleschooler middleschoolers
  kinder kindern kindes kindchen kindlich kindliche kindlicher kindliches kindlichen kleinkind kleinkinder kleinkindern schulkind schulkinder
  schulkindern vorschulkind vorschulkinder grundschulkind grundschulkinder grundschüler grundschülerin grundschülerinnen säugling säuglinge neugeborenes neugeborene
  teenie teenies jugendliche jugendlicher jugendlichen jugendliches jugendlich minderjährig minderjährige minderjähriger minderjährigen
  minderjähriges schulmädchen schuljunge schuljungen schülerin schülerinnen schüler schülern halbwüchsige halbwüchsiger halbwüchsigen
  pubertär pubertäre vorpubertär tochter töchter töchtern stieftochter söhne sohn enkelin enkelinnen enkelkind enkelkinder knabe knaben knabenhaft
  söhnchen töchterchen stiefsohn stiefsöhne stieftöchter nichte nichten neffe neffen schwesterchen brüderchen kindlein kindergartenkind
  kindergartenkinder krabbelkind krabbelkinder schulanfänger schulanfängerin grundschule
`);

/** Often said of grown-ups as well, so only what is explicit counts together with them. */
export const ambiguousMinorWords = wordSet(`
  girl girls boy boys baby babies youth youths minor highschooler highschoolers youngster youngsters lad lads lass
  babys mädchen maderl mädel mädels jungs bub buben
`);

/** Words that name both at once. */
export const alwaysRefused = wordSet(`
  childporn childporno kiddieporn kidporn teenporn preteenporn lolicon shotacon lolihentai kinderporno kinderpornos kinderpornografie kinderpornographie
  kinderpornografisch kinderpornografische kinderpornografisches kindersex jugendpornografie pedo pedophile pedophilic pedophilia paedophile
  paedophilia pädophil pädophile pädophiles pädophilie
`);

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
