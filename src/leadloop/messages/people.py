"""Problems of accounts, people, API keys and saved views."""

ENGLISH = {
    # Of one field: each sentence continues the field's name
    "name_expected": "must have 1 to {most} printable characters",
    "currency_expected": "must be an ISO 4217 code such as BRL or USD",
    "clock_time_expected": "must be a time of day such as 08:00",
    "span_backwards": "must be later than from",
    "span_overlaps": "must not be earlier than the end of the previous span",
    "office_hours_empty": "must have at least one span; send null for no office hours",
    "stage_name_expected": "must be the name of a stage, with 1 to {most} characters",
    "stage_fixed": "must not be one of {choices}: they stand before your own stages",
    "stage_twice": "must not be there twice",
    "email_fixed": "cannot be changed: invite the new address, and disable this user",
    "catalogue_user_unknown": "must be the id of a user in the catalogue that is not archived",
    "scopes_empty": "must have at least one scope; leave it out for the default ones",
    "scopes_fixed": "cannot be changed: create another key, and revoke this one",
    "in_past": "must be in the future",
    "column_expected": "must be the name of a column: a letter, then at most 63 letters, digits, dots, dashes or "
    "underscores",
    "only_shared_views": "must be true: only people have views of their own",
    "unshared_by_owner": "must be true: only the owner of a shared view can keep it private again",
    # Of the whole request: each sentence stands alone
    "account_gone": "the account of this API key was deleted",
    "member_not_found": "user not found: there is no user with this id in the account",
    "member_exists": "a user of the account already has this e-mail: create a new link for that user",
    "member_disabled": "the user is disabled: set the state to active first",
    "last_owner": "the account must keep an active owner: make another user an owner first",
    "member_elsewhere": "the user belongs to another account too, or operates this instance: only the user, or the "
    "operator by `leadloop users link`, can do this",
    "api_key_not_found": "API key not found: there is no key with this id in the account",
    "api_key_revoked": "the API key is revoked: create a new one",
    "scopes_lacking": "a key can only give scopes that it has itself; this one lacks {scopes}",
    "saved_view_not_found": "saved view not found: there is no view with this id in the account that you can see",
    "saved_view_exists": "another view has this name: choose a different one",
    "saved_views_full": "there are {limit} views already: delete one first",
    "sharing_denied": "shared views are made, changed and deleted with the scope account:manage",
    # Warnings
    "key_manages_keys": "whoever has this key can create and revoke keys of the account",
    "key_manages_users": "whoever has this key can invite users, and so reach everything in the account",
}

PORTUGUESE = {
    # Of one field: each sentence continues the field's name
    "name_expected": "deve ter de 1 a {most} caracteres imprimíveis",
    "currency_expected": "deve ser um código ISO 4217 como BRL ou USD",
    "clock_time_expected": "deve ser uma hora do dia, como 08:00",
    "span_backwards": "deve ser posterior a from",
    "span_overlaps": "não pode ser anterior ao fim do intervalo precedente",
    "office_hours_empty": "deve ter pelo menos um intervalo; envie null para não ter horário de atendimento",
    "stage_name_expected": "deve ser o nome de uma etapa, com 1 a {most} caracteres",
    "stage_fixed": "não pode ser um destes, que vêm antes das suas etapas: {choices}",
    "stage_twice": "não pode aparecer duas vezes",
    "email_fixed": "não pode mudar: convide o novo endereço, e desative este usuário",
    "catalogue_user_unknown": "deve ser o id de um usuário do catálogo que não está arquivado",
    "scopes_empty": "deve ter pelo menos um escopo; omita-o para os escopos padrão",
    "scopes_fixed": "não pode mudar: crie outra chave, e revogue esta",
    "in_past": "deve estar no futuro",
    "column_expected": "deve ser o nome de uma coluna: uma letra, depois no máximo 63 letras, algarismos, pontos, "
    "hífens ou sublinhados",
    "only_shared_views": "deve ser true: só pessoas têm visões próprias",
    "unshared_by_owner": "deve ser true: só quem criou uma visão compartilhada pode torná-la privada de novo",
    # Of the whole request: each sentence stands alone
    "account_gone": "a conta desta chave de API foi excluída",
    "member_not_found": "usuário não encontrado: a conta não tem um usuário com este id",
    "member_exists": "um usuário da conta já tem este e-mail: crie um novo link para esse usuário",
    "member_disabled": "o usuário está desativado: mude o estado para active antes",
    "last_owner": "a conta precisa de um proprietário ativo: torne outro usuário proprietário antes",
    "member_elsewhere": "o usuário também pertence a outra conta, ou opera esta instância: só o próprio usuário, ou o "
    "operador com `leadloop users link`, pode fazer isto",
    "api_key_not_found": "chave de API não encontrada: a conta não tem uma chave com este id",
    "api_key_revoked": "a chave de API está revogada: crie uma nova",
    "scopes_lacking": "uma chave só pode dar escopos que ela mesma tem; a esta faltam {scopes}",
    "saved_view_not_found": "visão não encontrada: a conta não tem uma visão com este id que você possa ver",
    "saved_view_exists": "outra visão já tem este nome: escolha outro",
    "saved_views_full": "já existem {limit} visões: exclua uma antes",
    "sharing_denied": "visões compartilhadas são criadas, alteradas e excluídas com o escopo account:manage",
    # Warnings
    "key_manages_keys": "quem tiver esta chave pode criar e revogar chaves da conta",
    "key_manages_users": "quem tiver esta chave pode convidar usuários, e assim chegar a tudo na conta",
}
