"""The words by which a fix, its cause and its cure are heard, Portuguese (folded) and English."""

from __future__ import annotations

from orchestrator.detect.wording import any_of

CAUSE = any_of(
    r"because caused? caused_by causing due_to root_cause",
    r"the_(?:problem|issue|bug|reason|cause)_(?:was|is|here) which_(?:meant|led_to|caused|means)",
    r"leading_to led_to result(?:ed|ing)_in race_condition dead-?lock* previously",
    r"w(?:as|ere)_(?:incorrectly|wrongly|failing|panicking|crashing|wrong)",
    r"would_(?:panic|fail|crash|trigger|exit) porque causad* causav* causando devido_a\w? por_conta_de",
    r"por_causa a_causa ja_que uma_vez_que",
    r"o_(?:problema|erro|motivo|bug)_(?:era|e|estava|ocorria|acontecia) (?:ocorri|aconteci)a_quando",
    r"anteriormente faz(?:ia|endo)_com_que estava[m]?_\w{2,12}ndo falhava[m]? quebrava[m]? gerava[m]?",
    r"em_funcao_d[aeo]s? em_razao_d[aeo]s? por_falta_d[aeo]s? devido_(?:a|ao|aos|as) pois",
    r"o_motivo_(?:foi|era|e) a_causa_(?:raiz_)?(?:foi|era|e) introduzid[oa]s?_(?:por|pel[ao]|n[ao])",
    r"faltava[m]? travava[m]? dava[m]?_erro estava_dando_erro nao_(?:estava|era)[m]?_\w{3,14}",
    r"deixou_de_\w{3,12} impedi(?:a|am|ndo) quebrando estourava[m]? sobrescrevia[m]? ignorava[m]?",
    r"passaram_a que_ocorri(?:a|am)_quando sem_ess[ea]s? estoura[m]? crasha(?:va|ndo)?[m]?",
    r"(?:falha|quebra)[m]?_com to_avoid",
    r"o_que_\w{3,14}va[m]? o_que_(?:causa|gera|quebra|impede|faz|trava|bloqueia)[m]? fazia[m]? tentava[m]?",
    r"lanca(?:va|ndo)?[m]?_(?:um|uma)? sem_iss[oa] without_(?:this|it|that) breaking could_never",
    r"so_(?:we|it|they)_can(?:'t|not) (?:was|were)_(?:still_)?\w{3,14}ing nunca_(?:era|foi|e)[m]?",
    r"nao_(?:trata|suporta|funciona|existe|aceita|inclui|reconhece|retorna)[m]? (?:fails?|failed|failing)",
    r"falha(?:va|ndo|m)? rejeita[m]? rejects? (?:nome|valor|campo|url|caminho)_errad[oa]",
    r"ocasion(?:a|ou|ava|ando)[m]? come[cç](?:ou|aram)_a_falhar passou_a_falhar ficava[m]? acusava[m]?",
    r"retornava[m]? causas?: cause: motivo: problema: problem:",
)
CURE = any_of(
    r"now instead by_\w{2,12}ing so_that ensur* make_sure switch(?:ed)?_to replac*",
    r"we_(?:use|add|check|should_now) this_(?:commit|change|patch|pr|fix)",
    r"fix(?:es|ed)?_(?:this|it|that)?_?by the_fix_is solution agora em_vez_de ao_inves_de",
    r"passa(?:m|mos|ou)?_a para_que garant* evita* foi_\w{3,12}[ai]d[oa]s? foram_\w{3,12}[ai]d[oa]s?",
    r"sao_\w{3,12}[ai]d[oa]s? e_\w{3,12}[ai]d[oa] substitui* usando utilizando trocad* este_commit",
    r"a_solucao solucao esta_(?:alteracao|mudanca|correcao) remove* adiciona* altera* deixa_de volta_a",
    r"(?:fixa|pina)(?:do|da|ndo)? restaura* descarta* de_(?:forma|modo|maneira)_que com_isso",
    r"(?:alter|ajust|adicion|mud|retir|us|cri|import)ei troquei coloquei passei removi substitui corrigi",
)
TRIVIAL = any_of(
    r"typos? lint* format* spelling ortografia whitespace changelog readme docs? documentation",
    r"documentacao comment* comentarios? flaky tests? testes? ci workflow build deps dependenc* dependabot",
    r"version versao release merge conflit* conflicts? links? review refactor* refator*",
    r"divers[ao]s vari[ao]s several various",
)
FIX_WORD = any_of(
    r"fix fixes fixed fixing bugs? corrige* corrig* correcao correcoes conserta* resolve* ajusta* evita*",
    r"trata* prevent* avoid*",
)
ACTS = any_of(
    r"add* remov* us(?:e|es|ing) handl* mak* mov* replac* switch* set* allow* skip* pass* read* return*",
    r"check* keep* store* encod* decod* url-?decod* pars* convert* chang* ignor* disabl* enabl* increas*",
    r"reduc* includ* exclud* renam* retry wait* don't do_not ensure* limit* escap* rais* catch* updat* bump*",
    r"downgrad* pin* defer* validat* cach* serializ* support* separat* isolat* restor* preserv* extract*",
    r"adiciona* us(?:a|ar|ando) troca* muda* altera* trata* inclui* retira* substitui* permit* passa*",
    r"instala* atualiza* aplica* migra* define* valida* ignora* converte* mant(?:em|er) preserva* separa*",
    r"le ler grava* guarda* espera* busca* fecha* abre* aumenta* reduz* escapa* ativa* desativa* filtra*",
    r"exig* verifica* cria* clos* open* filter* requir* verif* block*",
)
FAILURE = any_of(
    r"errors? erros? fail* falh* crash* exception* exce(?:cao|coes) \w{3,30}error broken quebra* [45]0\d oom",
    r"deadlock* leak* vazamento* panic* bugs? hang(?:s|ing)? trava(?:va|ndo|m)? duplicad*",
)
ADDS = any_of(
    r"add* adiciona* acrescenta* inclui* include* introdu* creat* cria* implement* migrat* migra* support*",
    r"suport* us(?:e|es|ing|a|ar|ando) have set* validat* valida* registra* allow* permit* enabl* habilita*",
    r"new nov[oa]s?",
)
WEAK = any_of(
    r"to_avoid previously anteriormente pois ja_que uma_vez_que breaking (?:fails?|failed|failing)",
    r"falha(?:va|ndo|m)?",
)  # that something fails is no cause of it
