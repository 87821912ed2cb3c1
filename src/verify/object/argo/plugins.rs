//! Settings of the traffic plugins that are known here: the one for the Gateway API.
//!
//! Source: github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi `pkg/plugin`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::object::shape::Findings;

codes! {
    /// The Gateway API plugin patches the routes that its settings name. Without one it reports an
    /// error at every step, and the rollout stays where it is.
    ///
    /// Name a route and its namespace:
    ///
    ///     plugins: {argoproj-labs/gatewayAPI: {httpRoute: web, namespace: shop}}
    PLUGIN_WITHOUT_ROUTE = "plugin-without-route": "a Gateway API plugin without a route";
}

const GATEWAY_API: &str = "argoproj-labs/gatewayAPI";
const ROUTES: [&str; 8] = [
    "httpRoute",
    "httpRoutes",
    "grpcRoute",
    "grpcRoutes",
    "tcpRoute",
    "tcpRoutes",
    "tlsRoute",
    "tlsRoutes",
];

pub fn check(routing: &Cursor, out: &mut Findings) {
    for (name, settings) in routing.entries("plugins") {
        if name == GATEWAY_API {
            gateway_api(&settings, out);
        }
    }
}

fn gateway_api(settings: &Cursor, out: &mut Findings) {
    for field in [
        "namespace",
        "httpRoute",
        "grpcRoute",
        "tcpRoute",
        "tlsRoute",
    ] {
        if settings.has(field) && settings.str(field).is_none() {
            let message = format!("`{field}` of the Gateway API plugin is no text");
            out.push(
                settings
                    .error_at(field, PLUGIN_WITHOUT_ROUTE, message)
                    .help("write a name"),
            );
        }
    }
    for field in ROUTES.iter().filter(|field| field.ends_with('s')) {
        let named = |route: &Value| {
            route
                .get("name")
                .is_some_and(|name| name.as_str().is_some())
        };
        let reads = |list: &Value| list.as_list().is_some_and(|list| list.iter().all(named));
        if settings.find(field).is_some_and(|list| !reads(list)) {
            let message = format!("`{field}` of the Gateway API plugin is no list of names");
            out.push(
                settings
                    .error_at(field, PLUGIN_WITHOUT_ROUTE, message)
                    .help(format!("write `{field}: [{{name: web}}]`")),
            );
        }
    }
    let named = |field: &&str| match settings.find(field) {
        Some(Value::Str(name)) => !name.is_empty(),
        Some(Value::List(routes)) => !routes.is_empty(),
        _ => false,
    };
    let by_label = settings
        .value()
        .as_map()
        .is_some_and(|map| map.iter().any(|(key, _)| key.ends_with("Selector")));
    if !ROUTES.iter().any(named) && !by_label {
        let message = "the Gateway API plugin has no route to patch";
        out.push(
            settings
                .error(PLUGIN_WITHOUT_ROUTE, message)
                .help("name a route, such as `httpRoute`"),
        );
    }
}
