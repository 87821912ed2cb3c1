//! The login to Prometheus: complete, of one kind, and not for all to read.

use super::{LOGIN_IN_CLEAR_TEXT, WRONG_LOGIN};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::login::text;
use crate::plan::scope::Scope;
use crate::source::Span;

pub fn check(scope: &Scope, diags: &mut Diagnostics) {
    let Some(metrics) = &scope.environment.spec.metrics else {
        return;
    };
    if let Some(at) = metrics.timeout.as_ref().filter(|at| at.value.0 == 0) {
        diags.push(wrong(
            "no answer takes no time".into(),
            at.span,
            "write how long an answer may take: `timeout=\"10s\"`",
        ));
    }
    let Some(login) = &metrics.login else {
        return;
    };
    let kinds = "write `login path=\"…\" token=\"token\"`, or `user=` and `password=`";
    if login.path.is_none() {
        let message = "the login to Prometheus does not say where its secret lies";
        diags.push(wrong(message.into(), login.span, kinds));
    }
    if text(login).is_none() {
        let message = "the login to Prometheus is neither a token nor a user with a password";
        diags.push(wrong(message.into(), login.span, kinds));
    }
    if scope.environment.spec.secrets.is_none() {
        let message = format!(
            "the login to Prometheus is a secret, and `{}` has no store",
            scope.environment.name.text
        );
        let help = "write `secrets store=\"ClusterSecretStore/vault\"` in the environment";
        diags.push(wrong(message, login.span, help));
    }
    let address = metrics.prometheus.as_ref();
    if let Some(at) = address.filter(|at| at.value.as_str().starts_with("http://")) {
        let message = "the login to Prometheus travels in clear text";
        diags.push(
            Diagnostic::warning(LOGIN_IN_CLEAR_TEXT, message)
                .at(at.span, "not encrypted")
                .at(login.span, "sent with each question")
                .help("write its address with `https://`"),
        );
    }
}

fn wrong(message: String, span: Span, help: &str) -> Diagnostic {
    Diagnostic::error(WRONG_LOGIN, message)
        .at(span, "cannot log in")
        .help(help)
}
