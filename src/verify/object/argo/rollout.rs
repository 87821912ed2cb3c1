//! Argo Rollouts: what its controller checks when it reads a Rollout, save for the meaning of
//! the steps. A Rollout that fails here gets the condition `InvalidSpec` and never moves.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`.

use crate::codes;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::schedule::go_duration;
use crate::verify::object::shape::{
    Findings, at_least, at_most_one, between, contradiction, exactly_one, required,
};
use crate::verify::object::workload::{deadline, replicated, surge};

codes! {
    /// Two services that a rollout tells apart are the same one, so there would be nothing to
    /// switch between: `stableService` and `canaryService`, `activeService` and `previewService`,
    /// or the two of `pingPong`.
    /// Give each its own Service.
    SERVICES_SAME = "services-same": "two services of a rollout that must differ";

    /// Some ways of routing need a field that is missing, or a field needs a router that is
    /// missing: `scaleDownDelaySeconds` or `setCanaryScale` without `trafficRouting`, NGINX without
    /// `stableService` and `canaryService`, a `setHeaderRoute` without its managed route.
    /// Add the field that is named, or take the other one away.
    ROUTING_INCOMPLETE = "routing-incomplete": "a rollout whose traffic routing does not fit together";

    /// A step of a canary does exactly one thing: `setWeight`, `pause`, `analysis`, `experiment`,
    /// `setCanaryScale`, `setHeaderRoute`, `setMirrorRoute` or `plugin`. The controller judges only
    /// one of them, so a step with two may be left before both are done.
    STEP_MALFORMED = "step-malformed": "a step that does none or several things";

    /// A `pause` is a number of seconds, or a Go duration such as `90s`, `15m` or `1h30m`. There
    /// are no days.
    PAUSE_MALFORMED = "pause-malformed": "a pause whose duration cannot be read";
}

const STEPS: [&str; 8] = [
    "setWeight",
    "pause",
    "experiment",
    "analysis",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
];

pub fn check(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    if spec.has("workloadRef") {
        at_least(&spec, "replicas", 0, out);
        if spec.has("template") {
            let message = "`workloadRef` and `template` exclude each other";
            out.push(contradiction(
                &spec,
                "template",
                message,
                "keep one of the two",
            ));
        }
    } else {
        required(&spec, "selector", out);
        required(&spec, "template", out);
        replicated(&spec, out);
    }
    deadline(&spec, out);
    let Some(strategy) = spec.at("strategy") else {
        return required(&spec, "strategy", out);
    };
    exactly_one(&strategy, &["canary", "blueGreen"], out);
    if let Some(blue_green) = strategy.at("blueGreen") {
        blue_green_fields(&spec, &blue_green, out);
    }
    if let Some(canary) = strategy.at("canary") {
        canary_fields(&canary, out);
    }
}

fn same(at: &Cursor, first: &str, second: &str, out: &mut Findings) {
    let name = at.text(first);
    if !name.is_empty() && name == at.text(second) {
        let message = format!("`{first}` and `{second}` are both `{name}`");
        out.push(
            at.error_at(second, SERVICES_SAME, message)
                .help("name two different Services"),
        );
    }
}

fn blue_green_fields(spec: &Cursor, at: &Cursor, out: &mut Findings) {
    required(at, "activeService", out);
    same(at, "activeService", "previewService", out);
    let kept = spec.int("revisionHistoryLimit").unwrap_or(10);
    if at
        .int("scaleDownDelayRevisionLimit")
        .is_some_and(|limit| limit > kept)
    {
        let message =
            format!("`scaleDownDelayRevisionLimit` is above `revisionHistoryLimit`, {kept}");
        out.push(contradiction(
            at,
            "scaleDownDelayRevisionLimit",
            message,
            "lower it",
        ));
    }
    anti_affinity(at, out);
}

fn anti_affinity(at: &Cursor, out: &mut Findings) {
    const KINDS: [&str; 2] = [
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ];
    if let Some(affinity) = at.at("antiAffinity") {
        exactly_one(&affinity, &KINDS, out);
        between(
            &affinity,
            "preferredDuringSchedulingIgnoredDuringExecution/weight",
            1,
            100,
            out,
        );
    }
}

fn canary_fields(at: &Cursor, out: &mut Findings) {
    surge(at, out);
    anti_affinity(at, out);
    same(at, "stableService", "canaryService", out);
    if let Some(pair) = at.at("pingPong") {
        required(&pair, "pingService", out);
        required(&pair, "pongService", out);
        same(&pair, "pingService", "pongService", out);
    }
    routing(at, out);
    let routers = at.at("trafficRouting");
    let most = routers
        .and_then(|routing| routing.int("maxTrafficWeight"))
        .unwrap_or(100);
    for step in at.list("steps") {
        check_step(&step, at, most, out);
    }
}

fn routing(at: &Cursor, out: &mut Findings) {
    let Some(routing) = at.at("trafficRouting") else {
        for field in ["scaleDownDelaySeconds", "dynamicStableScale"] {
            if at.has(field) && at.flag(field) != Some(false) {
                incomplete(
                    at,
                    field,
                    format!("`{field}` needs `trafficRouting`"),
                    "remove it",
                    out,
                );
            }
        }
        return;
    };
    if at.has("scaleDownDelaySeconds") && at.flag("dynamicStableScale") == Some(true) {
        let message = "`scaleDownDelaySeconds` and `dynamicStableScale` exclude each other";
        out.push(contradiction(
            at,
            "scaleDownDelaySeconds",
            message,
            "remove one of the two",
        ));
    }
    if routing.has("maxTrafficWeight") && !routing.has("nginx") && !routing.has("plugins") {
        incomplete(
            &routing,
            "maxTrafficWeight",
            "`maxTrafficWeight` needs NGINX or a plugin",
            "remove it",
            out,
        );
    }
    let paired = at.has("pingPong");
    let by_service = ["smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"];
    let needs = by_service.iter().any(|router| routing.has(router))
        || (!paired && routing.has("alb"))
        || (!paired && routing.has("istio") && !routing.has("istio/destinationRule"));
    for field in ["stableService", "canaryService"] {
        if needs && at.text(field).is_empty() {
            incomplete(
                at,
                field,
                format!("this router needs `{field}`"),
                "name the Service",
                out,
            );
        }
    }
}

fn incomplete(at: &Cursor, path: &str, message: impl Into<String>, help: &str, out: &mut Findings) {
    out.push(at.error_at(path, ROUTING_INCOMPLETE, message).help(help));
}

fn check_step(step: &Cursor, canary: &Cursor, most: i64, out: &mut Findings) {
    // `pause: {}` waits for a person, and `pause:` alone is null, which the controller drops.
    let given = STEPS.iter().filter(|field| step.has(field)).count();
    if given != 1 {
        let what = if given == 0 {
            "nothing"
        } else {
            "several things"
        };
        out.push(
            step.error(STEP_MALFORMED, format!("the step does {what}"))
                .help("let each step do exactly one thing"),
        );
    }
    between(step, "setWeight", 0, most, out);
    if let Some(pause) = step.at("pause") {
        check_pause(&pause, out);
    }
    check_scale(step, canary, out);
    check_routes(step, canary, out);
}

fn check_scale(step: &Cursor, canary: &Cursor, out: &mut Findings) {
    if let Some(scale) = step.at("setCanaryScale") {
        if !canary.has("trafficRouting") {
            incomplete(
                step,
                "setCanaryScale",
                "`setCanaryScale` needs `trafficRouting`",
                "remove the step",
                out,
            );
        }
        at_most_one(&scale, &["weight", "replicas", "matchTrafficWeight"], out);
        at_least(&scale, "replicas", 0, out);
    }
}

fn check_routes(step: &Cursor, canary: &Cursor, out: &mut Findings) {
    let routing = canary.at("trafficRouting");
    let routed = |routers: &[&str]| {
        routing.is_some_and(|routing| routers.iter().any(|router| routing.has(router)))
    };
    for (field, routers) in [
        ("setHeaderRoute", &["istio", "alb", "apisix", "plugins"][..]),
        ("setMirrorRoute", &["istio", "plugins"][..]),
    ] {
        let Some(route) = step.at(field) else {
            continue;
        };
        if !routed(routers) {
            incomplete(
                step,
                field,
                format!("no router here can do `{field}`"),
                "remove the step",
                out,
            );
        }
        let name = route.text("name");
        let managed = canary
            .list("trafficRouting/managedRoutes")
            .any(|route| route.text("name") == name);
        if !managed {
            incomplete(
                &route,
                "name",
                format!("`{name}` is no managed route"),
                "add it to `trafficRouting.managedRoutes`",
                out,
            );
        }
        for header in route.list("match") {
            if field == "setHeaderRoute"
                && let Some(value) = header.at("headerValue")
            {
                exactly_one(&value, &["exact", "prefix", "regex"], out);
            }
        }
    }
}

fn check_pause(pause: &Cursor, out: &mut Findings) {
    at_least(pause, "duration", 0, out);
    let Some(text) = pause.str("duration") else {
        return;
    };
    let number = text.parse::<i64>().ok();
    if number
        .or_else(|| go_duration(text))
        .is_none_or(|duration| duration < 0)
    {
        let message = format!("the pause of `{text}` cannot be read");
        out.push(
            pause
                .error_at("duration", PAUSE_MALFORMED, message)
                .help("write seconds, or a duration such as `90s` or `15m`"),
        );
    }
}
