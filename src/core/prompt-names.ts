/** Given names and public figures, for telling whether a prompt names somebody. Names that are words as well, such as Rose or Mark, are left out. */
import { wordSet } from '#core/prompt-spelling.ts';

/** Common in English- and German-speaking countries; without those of famous nudes in art (Venus, David, Susanna, Danae, Diana, Eva). */
export const givenNames = wordSet(`
 aaron abigail adele adrian agnes ahmed aisha albert alejandro alessandro alexander alexandra alexandria alfred ali alice alina alisha alison allison alyssa
 amanda amelia amelie amy ana anastasia andrea andreas andrew andy angela angelika angelina anika anita anja anke ann anna anne annegret annemarie annette annika
 anthony antje antonia antonio ariana ariane arnold arthur ashley astrid audrey axel barbara barack ben benjamin bernd bernhard bert beth bettina beyoncé bianca 
 billie birgit birte björn boris brad bradley brandon brenda brian brigitte britney brittany bruce bryan caitlin cameron camila carina carl carla carlos carmen carol carola caroline
 carsten catherine charles charlotte chloe chris christa christel christiane christin christina christine christoph christopher cindy claire clara
 claudia claus colin connor conny corinna cornelia courtney craig cristiano cynthia daniel daniela daniele danielle danny daria debbie deborah denise dennis derek
 detlef dieter dietmar dirk dolores dominic dominik donald donna dora doris dorothea dorothy douglas dustin dwayne dylan eckhard eddie edgar edith edward elena eleanor elfriede eli
 elias elisa elisabeth elizabeth elke ella ellen elon elsa elvira emil emilia emily emma emmanuel eric erica erich erika erin erik ernst esther ethan eugene evelyn
 fabian fatima felicitas felix ferdinand fiona florian floyd frances francesca francesco francis franziska fred frederik frieda friedrich fritz gabriel gabriela gabriele gareth gary gavin
 georg george gerald gerd gerhard gertrud gigi gina giovanni gisela giulia gloria gordon greg gregory greta gudrun guido gunther günter günther gustav gwyneth hailey halle hanna hannah
 hannelore hannes hans harald harry hassan heather hedwig heidi heike heiko heiner heinrich heinz helen helena helene helga helmut hendrik henning henriette henry herbert hermann
 hilary hildegard hillary holger horst howard hubert hugo ian ibrahim ilona ilse ina ines inga inge ingeborg ingo ingrid irene irina isaac isabel isabell isabella isabelle ivanka jackie jacob jacqueline
 jakob jamal james jamie jana jane janet janina janine jason jeannette jeff jeffrey jenna jennifer jenny jens jeremy jessica jill jimmy joachim joan joanna jochen jodie joe johanna johannes
 john johnny jonas jonathan jörg jose josef josefine joseph joshua juan judith judy julia julian juliane julie jürgen justin jutta kai kamala kanye karen karin karina karl karla karsten kate katharina
 katherine kathleen kathrin kathryn kathy katie katja katrin katy keanu keira keith kelly kendall kenneth kerstin kevin kim kimberly kirsten klaus konrad kristen kristian kristin kristina kurt kyle
 kylie lara larissa larry lars laura lauren lea leah lena leni leon leonardo leonie lewis liam liesel lina linda lindsay lisa liselotte lorena lorenz lothar louis louisa louise luca lucas lucia lucy
 ludwig luis luisa luise lukas lydia malala malia malte mandy manfred manuel manuela marcel marco marcus mareike margaret margarete margarethe margit margot maria marie marianne mario marion marissa
 marlene marlies martha martin martina marvin mary mateo mathias mathilde matt matteo matthew matthias maurice maximilian meghan mehmet melania melanie melissa mia michael michaela michel michelle miguel
 mike miley milla mira miriam mirjam mohamed mohammed moira monica monika moritz muhammad murat nadia nadine nadja naomi natalia natalie natascha natasha nathan nelson nicholas nick nicola nicolas nicole nicki niklas
 nikolaus nils nina nora norbert oliver olga olivia oprah oskar oscar otto pablo paige pamela patricia patrick paul paula paulina pauline pedro penelope peter petra philip philipp phoebe
 pia pierre priscilla rachel rafael raimund rainer ralf ralph ramona raphael raymond rebecca regina reinhard reinhold renate rené rhianna ricarda richard ricky rita robert roberto robin rodney roger roland rolf
 ronald ronny rosemarie roswitha roxanne rudolf rüdiger rupert ruth ryan sabine sabrina sally salma samantha samuel sandra sara sarah sascha scarlett scott sean sebastian selena serena sergej shakira shannon
 sharon shawn sheila shirley sibylle siegfried sigrid silke silvia simon simone sina sofia sofie sonja sophia sophie stefan stefanie steffen stella stephan stephanie stephen steve steven stuart susan
 susann susanne suzanne sven svenja sybille sylvia sylvie tabea tamara tania tanja tara tatjana taylor teresa thea theo theodor theresa theresia thomas thorsten tiffany till tim timo timothy tina tobias
 todd tom tommy toni tony torsten tracy trevor tristan tyler udo ulla ulrich ulrike ursula ute uwe valentina valerie vanessa vera verena veronica veronika vicky viktor viktoria vincent vivian
 vivien vladimir volker waltraud walter wayne wendy wenke werner wilfried wilhelm wilma winfried wolfgang xavier yannick yasmin yvonne yusuf zachary zendaya zoe zoey
`);

/** Where the surname alone, or one name, says who is meant. */
export const publicFigures = wordSet(`
  adele beyoncé rihanna shakira zendaya eminem lizzo bjork oprah obama trump biden clinton merkel scholz merz habeck baerbock lindner laschet wagenknecht weidel
  steinmeier lauterbach schröder macron sarkozy putin zelensky zelenskyy selenskyj erdogan orbán meloni berlusconi netanyahu jinping thatcher sunak starmer zuckerberg bezos
  kardashian kardashians jolie johansson dicaprio schwarzenegger ronaldo messi beckham neymar klopp nadal djokovic thunberg hathaway knightley kidman
    gadot portman clooney gottschalk jauch böhmermann silbereisen
`);

/** Of painters and sculptors who are long dead: `Gustav Klimt` names a manner, no model. */
export const oldMasters = wordSet(`
  rubens titian tizian tiziano botticelli klimt schiele modigliani modersohn picasso michelangelo renoir manet degas cézanne ingres goya courbet rodin matisse dürer cranach velázquez
  rembrandt vinci giorgione raffael raffaello caravaggio correggio tintoretto veronese boucher fragonard delacroix gauguin munch kirchner kokoschka corinth dalí magritte
  lempicka bouguereau cabanel gérôme tadema waterhouse canova bernini donatello duchamp lautrec bellini mantegna masaccio rousseau seurat signac derain dix grosz nolde pechstein heckel macke slevogt böcklin
  feuerbach spitzweg tischbein füssli fuseli blake turner rossetti millais moreau redon bonnard vuillard vallotton hodler zorn sargent whistler eakins hopper kahlo rivera warhol lichtenstein
  chagall kandinsky miró braque léger bosch bruegel brueghel altdorfer baldung grien holbein hals vermeer jordaens dyck poussin watteau chardin david prudhon girodet géricault corot
  millet daumier pissarro monet morisot cassatt murillo ribera greco gentileschi guercino reni carracci parmigianino bronzino pontormo perugino lippi cellini giambologna
  thorvaldsen schadow begas klinger claudel arp hepworth praxiteles maillol lehmbruck barlach giacometti brancusi klee
`);

/** Of later artists: only after `by`, `von` or `style of` are they no model. */
export const laterArtists = wordSet(`
  raphael freud bacon hockney balthus beckmann liebermann leighton moore newton weston ray brandt avedon ritts penn koons
`);

/** Before a name they tell that it is the maker's: `in the style of`, `gemalt von`. */
export const makerWords = wordSet(
  `by of after from von nach à la wie style stil manner painter artist sculptor maler malers malerin künstler künstlers bildhauer`,
);

/** Before a name they tell that one follows: `Mr Smith`. */
export const titles = wordSet(
  `mr mrs ms dr prof professor herr herrn president präsident präsidentin chancellor kanzler kanzlerin minister ministerin senator`,
);

/** Behind `Frau`, which is mostly just a woman. */
export const surnames = wordSet(`
  müller schmidt schmitt schneider fischer weber meyer meier maier mayer wagner becker schulz schultz hoffmann hofmann schäfer koch bauer richter klein wolf neumann schwarz zimmermann
  braun krüger hartmann lange schmitz krause werner lehmann schulze köhler herrmann könig walter kaiser fuchs peters lang scholz möller weiß jung hahn vogel friedrich keller günther
  frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig böhm winter kraus martin schumacher krämer vogt stein jäger otto sommer groß seidel heinrich brandt
  haas schreiber graf schulte dietrich ziegler kuhn kühn pohl engel horn busch bergmann thomas voigt sauer arnold wolff pfeiffer yilmaz kaya demir öztürk nguyen nowak kowalski novak
`);
