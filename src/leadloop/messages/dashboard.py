"""Problems of pages and their forms."""

ENGLISH = {
    # Of one field: each sentence continues the field's name
    "password_short": "must have at least {length} characters",
    "password_long": "must have at most {length} characters",
    "choice_expected": "must be one of the list",
    "password_wrong": "is wrong",
    "not_repeated": "must be typed exactly as it is",
    # Of the whole request: each sentence stands alone
    "page_not_found": "there is no such page",
    "account_not_test": "only accounts for tests are deleted here: `leadloop accounts delete` deletes any",
    "account_is_only_one": "this is your only account",
    "page_of_operators": "this page is for the operators of the server",
    "role_not_enough": "your role does not allow this: ask an owner of the account",
    "form_of_others": "this form was not sent by a page of this server: open the page again, and send it from there",
    "form_type_expected": "send the form as application/x-www-form-urlencoded",
    "form_malformed": "the form is not valid: open the page again",
    "sign_in_failed": "e-mail or password are wrong",
    "sign_in_failed_often": "e-mail or password are wrong; attempts left before a pause of 15 minutes: {left}",
    "too_many_failed_sign_ins": "too many wrong passwords from this address: try again in {minutes} min",
    "link_crossed": "the password was set or changed at this moment; open the link again, and enter that password",
    "link_ended": "this link is not valid any more: it was used, replaced or is older than 24 hours; ask for a new one",
    "too_many_sign_ins": "too many people are signing in at once; try again",
    "too_many_streams": "too many pages are open; this one shows changes when it is loaded again",
}

PORTUGUESE = {
    # Of one field: each sentence continues the field's name
    "password_short": "deve ter pelo menos {length} caracteres",
    "password_long": "deve ter no máximo {length} caracteres",
    "choice_expected": "deve ser um da lista",
    "password_wrong": "não confere",
    "not_repeated": "deve ser digitado exatamente como é",
    # Of the whole request: each sentence stands alone
    "page_not_found": "esta página não existe",
    "account_not_test": "só contas de teste são apagadas aqui: `leadloop accounts delete` apaga qualquer uma",
    "account_is_only_one": "esta é sua única conta",
    "page_of_operators": "esta página é para quem administra o servidor",
    "role_not_enough": "sua função não permite isto: peça a um proprietário da conta",
    "form_of_others": "este formulário não foi enviado por uma página deste servidor: abra a página de novo e envie "
    "por ela",
    "form_type_expected": "envie o formulário como application/x-www-form-urlencoded",
    "form_malformed": "o formulário não é válido: abra a página de novo",
    "sign_in_failed": "e-mail ou senha não conferem",
    "sign_in_failed_often": "e-mail ou senha não conferem; tentativas que restam antes de uma pausa de 15 minutos: "
    "{left}",
    "too_many_failed_sign_ins": "senhas erradas demais deste endereço: tente de novo em {minutes} min",
    "link_crossed": "a senha foi definida ou mudada neste momento; abra o link de novo, e digite essa senha",
    "link_ended": "este link não vale mais: foi usado, substituído ou tem mais de 24 horas; peça um novo",
    "too_many_sign_ins": "gente demais está entrando ao mesmo tempo; tente de novo",
    "too_many_streams": "há páginas demais abertas; esta mostra as mudanças quando for carregada de novo",
}
