"""The words by which a measured claim is told from a setting, a tax or a duration of people's work."""

from __future__ import annotations

import re

from orchestrator.detect.wording import any_of

FAST = any_of(
    r"faster quicker mais_rapid* mais_veloz* speed[-\s]?ups? speeds?_up sped_up acelera* less_memory",
    r"less_cpu less_time less_ram menos_memoria menos_cpu menos_tempo fewer_queries fewer_requests",
    r"fewer_allocations fewer_calls menos_consultas menos_requisicoes menos_chamadas cheaper mais_barat*",
    r"ganhos?_de_performance ganhos?_de_desempenho perf(?:ormance)?_(?:gain|improvement|boost)s?",
)
REDUCE = any_of(
    r"reduz* reduc* cut cuts cutting cort(?:a|ou|ando|ar|amos|e) diminu* lower lowers lowered lowering",
    r"drops? dropped decreas* shr[iau]nk* improv* melhor* save saves saved savings? economi[zc]* economia",
    r"ganh* otimiz* optimi[sz]* less fewer menos menor(?:es)? smaller cai cair cairam caiu",
    r"baix(?:a|ou|amos|ar) halves? halved halving gains? gained queda",
)
RAISE = any_of(
    r"increas* aument* boost* dobr(?:a|ou|amos|ando|ar) doubl(?:e|es|ed|ing) tripl* higher maior(?:es)?",
    r"more mais sub(?:iu|ir)",
)
HALVE = any_of(
    r"halv(?:es|ed|ing) doubl(?:es|ed) dobr(?:a|ou|amos) tripl(?:es|ed|ica|icou)",
)
RATE_NOUN = any_of(
    r"throughput vazao hit[-\s]rate cache_hits? taxa_de_acertos? acertos? requests_per_second ops recall",
    r"conversao",
)
PERFORMANCE = any_of(r"performance desempenho speed velocidade")
NOUN = any_of(
    r"latenc* performance desempenho throughput vazao memory memoria ram cpu heap tempos? times? runtime",
    r"walltime duration duracao startup boot builds? alloc* aloca* bundle tamanho size footprint disk",
    r"disco storage garbage armazenamento bandwidth banda trafego traffic custos? costs? queries",
    r"consultas? query requests requisic* bytes chamadas round[-\s]?trips? hit[-\s]rate error_rate erros",
    r"falhas i/o gc p50 p9[059] pipeline ci carga carregamento overhead resposta response processamento",
    r"importacao indexing indexacao velocidade speed payload image imagem lookups? calls cache consumo",
    r"usage lentidao",
)
NOT_PERFORMANCE = any_of(
    r"time-?outs? tempo_limite tempo_de_espera retry retries tentativas? intervals? intervalos? limits?",
    r"limites? thresholds? limiar versao versoes versions? coverage cobertura ttl expir* delays? backoff",
    r"bump* upgrad* downgrad* grace_period polling keep-?alive deadline maximum maximo max minimum minimo",
    r"defaults? padrao window janela cron schedules? quota opacity opacidade width height largura altura",
    r"zoom margin margem padding font fonte icone? logo layout css sampling sample_rate rollout descontos?",
    r"discounts? tax taxes imposto juros aliquota multa notas? frequencia faltas percentage_of_users",
    r"carga_horaria memoria_de_calculo carga_tributaria (?:duracao|tempo|horario)_d[aeo]s?_aulas?",
    r"aulas?_(?:de|leva(?:va)?m?|dura(?:va)?m?) tamanho_d[aeo]s?_(?:campos?|colunas?) field_(?:size|length)",
    r"column_(?:size|length) probability chance progress* tenta(?:r|m)?_(?:de_novo|novamente)",
    r"slower mais_lent* regress* lifetime vencimento prazo sleeps? steps? passos? slider cooldown debounc*",
    r"throttl*",
)
MACHINE = any_of(
    r"cpu memoria memory ram heap disco disk cache hit[-\s]rate error_rate erros falhas i/o gc overhead",
    r"consumo usage uso latenc* throughput vazao alloc* trafego traffic bandwidth banda cpus swap",
)
RUNS = any_of(
    r"abr(?:e|em|ir|ia) carreg* respond* rod(?:a|am|ar|ando|ou) execut* process* termin* conclu* leva[m]?",
    r"demora[m]? ger(?:a|am|ar) import* export* list* salva[m]? renderiz* opens? loads? runs? responds?",
    r"finish(?:es)? completes? takes? renders? builds?",
)
TAX = any_of(r"icms ipi pis cofins iss(?:qn)? irpf irpj csll difal mva inss fgts tribut* base_de_calculo")
SETTING = any_of(
    r"budgets? orcamento buffers? chunks? chunk[-\s]?size (?:batch|query|page)[-\s]?size",
    r"tamanho_d[aeo]s?_(?:lotes?|batch(?:es)?|paginas?)",
)
PLANNED = any_of(
    r"expected esperad[oa]s? esperamos estimad[oa]s? estimated? previst[oa]s? projected projetad[oa]s?",
)
DOUBT = re.compile(
    r"\b(?:could|would|might|may|should|poderia|deveria|deve|devera|talvez|espera-se|meta|goal"
    r"|target|objetivo|nao|not|never|nunca|sem|without|todo)\b[^.;:]{0,25}$"
)
