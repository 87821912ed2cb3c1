//! How analyses log in to Prometheus: a header, whose text a Secret of the service's own namespace
//! holds. The controller puts it in when it measures; no manifest ever has it.
//!
//! A header works with every version of the controller; `basicAuth` of the Prometheus provider is in
//! none that is released (1.10.2).

use super::analysis::phases;
use super::delivery::Delivery;
use super::unit::Unit;
use crate::draft::{Origin, Traced};
use crate::spec::field::At;
use crate::spec::language::Login;
use crate::spec::text::Line;

/// What the Secret is called behind the service's name.
pub const SUFFIX: &str = "prometheus";
/// The key of the header's text.
pub const KEY: &str = "authorization";

/// What the keys are called in the Secret, and in the store.
type Keys<'a> = Vec<(&'static str, &'a At<Line>)>;

/// The login of the environment, where the service asks Prometheus.
pub fn login<'a>(unit: &Unit<'a>) -> Option<&'a Login> {
    let login = unit
        .scope
        .environment
        .spec
        .metrics
        .as_ref()?
        .login
        .as_ref()?;
    let delivery = Delivery::of(unit)?;
    let asks = phases(unit, &delivery).iter().any(|phase| {
        let mut criteria = phase.criteria.iter();
        criteria.any(|one| one.check.needs_prometheus())
    });
    (asks && text(login).is_some()).then_some(login)
}

/// The text of the header, in the words of the External Secrets operator (Go templates), and the keys
/// that it takes; `None` where the login is neither of both kinds.
pub fn text(login: &Login) -> Option<(&'static str, Keys<'_>)> {
    match (&login.token, &login.user, &login.password) {
        (Some(token), None, None) => Some(("Bearer {{ .token }}", vec![("token", token)])),
        (None, Some(user), Some(password)) => Some((
            "Basic {{ printf \"%s:%s\" .user .password | b64enc }}",
            vec![("user", user), ("password", password)],
        )),
        _ => None,
    }
}

/// The name of the Secret for the arguments of a template; null where nobody logs in.
pub fn secret(unit: &Unit) -> Traced {
    match login(unit) {
        Some(login) => Traced::from(unit.suffixed(SUFFIX)).from_origin(Origin::Spec(login.span)),
        None => Traced::default(),
    }
}
