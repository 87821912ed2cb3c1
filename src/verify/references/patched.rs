//! Routes that a Rollout shifts: they are there, and lead to both of its versions.
//!
//! Source: argo-rollouts `rollout/trafficrouting/istio/istio.go` (`ValidateHTTPRoutes` …),
//! `utils/ingress/ingress.go` (`HasRuleWithService`).

use super::facts::{Patched, Pick, Route};
use super::router::Router;
use super::{ACTION_UNUSED, ROUTE_UNFIT, Resolver};
use crate::value::Str;

/// As many, and each of the second among the first.
fn same(one: &[Str], other: &[Str]) -> bool {
    one.len() == other.len() && other.iter().all(|name| one.contains(name))
}

impl Resolver<'_> {
    /// Says nothing where the Ingress is not there: that has been reported.
    pub(super) fn backend(&mut self, pointer: &str, ingress: &str, service: &str, of_alb: bool) {
        const GROUP: &str = "networking.k8s.io";
        let (namespace, index) = (self.facts.namespace.as_str(), self.index);
        let found = index.object(GROUP, "Ingress", namespace, ingress);
        if found.is_some_and(|found| !found.backends.iter().any(|backend| backend == service)) {
            let message = format!("no rule of Ingress `{ingress}` leads to `{service}`");
            let help = "name the Service in a rule of the Ingress";
            self.error(ROUTE_UNFIT, pointer, message, help);
        }
        let (class, actions) = match found.and_then(|found| found.router.as_deref()) {
            Some(Router::Ingress { class, actions, .. }) => (class.as_str(), actions.as_slice()),
            _ => ("", &[][..]),
        };
        let is_there = found.is_some_and(|found| found.backends.iter().any(|one| one == service));
        if of_alb && is_there && !actions.iter().any(|one| one == service) {
            let message = format!(
                "Ingress `{ingress}` sends to a port of `{service}`, so the weights of the rollout are not asked"
            );
            let help = "write `port: {name: use-annotation}` in its backend";
            self.warning(ACTION_UNUSED, pointer, message, help);
        }
        let (router, other) = if of_alb {
            ("ALB", "nginx")
        } else {
            ("NGINX", "alb")
        };
        if class == other {
            let message = format!(
                "Ingress `{ingress}` has the class `{class}`, and {router} is to split its traffic"
            );
            let help = "name an Ingress of this router, or another router";
            self.warning(ROUTE_UNFIT, pointer, message, help);
        }
        // Source: `utils/ingress/ingress.go` (`GetCanaryIngressName`).
        let prefix: String = format!("{}-{ingress}", self.facts.name)
            .chars()
            .take(246)
            .collect();
        let own = format!("{prefix}-canary");
        let there = index
            .object(GROUP, "Ingress", namespace, &own)
            .filter(|_| !of_alb);
        if let Some(Router::Ingress { owner, .. }) = there.and_then(|there| there.router.as_deref())
            && *owner != self.facts.name
        {
            let message = format!("Ingress `{own}` is there already, and not the rollout's own");
            self.error(
                ROUTE_UNFIT,
                pointer,
                message,
                "remove it: the controller makes one",
            );
        }
    }

    /// Says nothing where the route is not there. Source: the plugin for the Gateway API,
    /// `pkg/plugin/httproute.go` (`setHTTPRouteWeight`): both Services in some rule, or an error at
    /// each step.
    pub(super) fn route_backends(
        &mut self,
        pointer: &str,
        (kind, namespace, name): (&str, &str, &str),
        services: &[Str; 2],
    ) {
        const GROUP: &str = "gateway.networking.k8s.io";
        let Some(found) = self.index.object(GROUP, kind, namespace, name) else {
            return;
        };
        for service in services.iter().filter(|service| !service.is_empty()) {
            if !found.backends.contains(service) {
                let message = format!("no rule of {kind} `{name}` leads to `{service}`");
                let help = "name both Services in the `backendRefs` of a rule";
                self.error(ROUTE_UNFIT, pointer, message, help);
            }
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
        if let Some(list) = routes.unreadable {
            let wrong = format!("has something below `{list}` that the controller cannot read");
            return self.unfit(pointer, patched, wrong);
        }
        if let Some(http) = &routes.http {
            self.http(pointer, patched, http);
        }
        if let Some(tls) = &routes.tls {
            self.picked(pointer, patched, ("TLS", &patched.tls), tls);
        }
        if let Some(tcp) = &routes.tcp {
            self.picked(pointer, patched, ("TCP", &patched.tcp), tcp);
        }
    }

    /// Routes by port and names of servers; without any there must be one route alone.
    fn picked(
        &mut self,
        pointer: &str,
        patched: &Patched,
        (kind, picks): (&str, &[Pick]),
        routes: &[Route],
    ) {
        if picks.is_empty() {
            match routes.first() {
                Some(first) => self.ends(pointer, patched, first),
                None => self.unfit(pointer, patched, format!("has no {kind} route")),
            }
            if routes.len() > 1 {
                let wrong = format!(
                    "has {} {kind} routes, and the rollout picks none",
                    routes.len()
                );
                self.unfit(pointer, patched, wrong);
            }
        }
        for (port, servers) in picks {
            let mut fitting = routes
                .iter()
                .filter(|route| route.port == Some(*port) && same(servers, &route.servers))
                .peekable();
            if fitting.peek().is_none() {
                let wrong = format!("has no {kind} route of port {port} with these servers");
                self.unfit(pointer, patched, wrong);
            }
            for route in fitting {
                self.ends(pointer, patched, route);
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
