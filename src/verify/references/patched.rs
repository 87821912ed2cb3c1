//! Routes that a Rollout shifts: they are there, and lead to both of its versions.
//!
//! Source: argo-rollouts `rollout/trafficrouting/istio/istio.go` (`ValidateHTTPRoutes` …),
//! `utils/ingress/ingress.go` (`HasRuleWithService`).

use super::facts::{Patched, Route};
use super::{ROUTE_UNFIT, Resolver};

impl Resolver<'_> {
    /// Says nothing where the Ingress is not there: that has been reported.
    pub(super) fn backend(&mut self, pointer: &str, ingress: &str, service: &str) {
        let namespace = self.facts.namespace.as_str();
        let found = self
            .index
            .object("networking.k8s.io", "Ingress", namespace, ingress);
        if found.is_some_and(|found| !found.backends.iter().any(|backend| backend == service)) {
            let message = format!("no rule of Ingress `{ingress}` leads to `{service}`");
            let help = "name the Service in a rule of the Ingress";
            self.error(ROUTE_UNFIT, pointer, message, help);
        }
    }

    pub(super) fn patched(&mut self, pointer: &str, patched: &Patched) {
        let found = self.index.object(
            "networking.istio.io",
            "VirtualService",
            &patched.namespace,
            &patched.name,
        );
        let Some(routes) = found.and_then(|found| found.routes.as_ref()) else {
            return;
        };
        if routes.http.is_none() && routes.tls.is_none() && routes.tcp.is_none() {
            return self.unfit(pointer, patched, "has no routes".to_owned());
        }
        if let Some(http) = &routes.http {
            self.http(pointer, patched, http);
        }
        for (kind, list, picks) in [
            ("TLS", &routes.tls, patched.picks_tls),
            ("TCP", &routes.tcp, patched.picks_tcp),
        ] {
            let Some(list) = list.as_ref().filter(|_| !picks) else {
                continue;
            };
            if list.len() > 1 {
                let wrong = format!(
                    "has {} {kind} routes, and the rollout picks none",
                    list.len()
                );
                self.unfit(pointer, patched, wrong);
            }
            if let Some(first) = list.first() {
                self.ends(pointer, patched, first);
            }
        }
    }

    fn http(&mut self, pointer: &str, patched: &Patched, routes: &[Route]) {
        for name in &patched.http {
            match routes.iter().find(|route| route.name == *name) {
                Some(route) => self.ends(pointer, patched, route),
                None => self.unfit(pointer, patched, format!("has no HTTP route `{name}`")),
            }
        }
        if !patched.http.is_empty() {
            return;
        }
        let nameless = routes.iter().find(|route| route.name.is_empty());
        let only = routes.first().filter(|_| routes.len() == 1);
        if let Some(route) = only.or(nameless) {
            self.ends(pointer, patched, route);
        }
        let own = routes
            .iter()
            .filter(|route| !patched.managed.contains(&route.name))
            .count();
        if own > 1 {
            let wrong = format!("has {own} HTTP routes, and the rollout picks none");
            self.unfit(pointer, patched, wrong);
        }
    }

    /// The route leads to the old and to the new version.
    fn ends(&mut self, pointer: &str, patched: &Patched, route: &Route) {
        let what = if patched.by_subset { "subset" } else { "host" };
        for end in [&patched.ends.0, &patched.ends.1] {
            let leads = route
                .to
                .iter()
                .any(|(host, subset)| match patched.by_subset {
                    true => subset == end,
                    false => host == end,
                });
            if end.is_empty() || !leads {
                let wrong = format!(
                    "has no destination with the {what} `{end}` in its route `{}`",
                    route.name
                );
                self.unfit(pointer, patched, wrong);
            }
        }
    }

    fn unfit(&mut self, pointer: &str, patched: &Patched, wrong: String) {
        let message = format!("VirtualService `{}` {wrong}", patched.name);
        let help = "name a route that leads to both versions";
        self.error(ROUTE_UNFIT, pointer, message, help);
    }
}
