//! What a service calls outside the cluster: a host or range, and a port.

use std::net::IpAddr;

use super::text::{Endpoint, ensure, subdomain};

impl Endpoint {
    /// Host or CIDR, and port.
    pub fn split(text: &str) -> Result<(&str, u16), String> {
        let wrong = "expected `<host>:<port>` or `<cidr>:<port>`, such as `api.stripe.com:443`";
        let (host, port) = text.rsplit_once(':').ok_or(wrong)?;
        if let Some(address) = address(host) {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Err(format!("expected a CIDR: write `{address}/{bits}:{port}`"));
        }
        let port: u16 = port.parse().map_err(|_| wrong)?;
        ensure(port > 0, wrong)?;
        if Endpoint::is_cidr(host) {
            return Ok((host, port));
        }
        subdomain(host).map_err(|_| wrong)?;
        outside(host).map(|()| (host, port))
    }

    /// An IPv4 or IPv6 network, or an address (`10.0.0.5/32`).
    pub fn is_cidr(host: &str) -> bool {
        let Some((address, bits)) = host.split_once('/') else {
            return false;
        };
        let Ok(bits) = bits.parse::<u8>() else {
            return false;
        };
        match self::address(address) {
            Some(IpAddr::V4(ip)) => bits <= 32 && (bits == 32 || u32::from(ip) << bits == 0),
            Some(IpAddr::V6(ip)) => bits <= 128 && (bits == 128 || u128::from(ip) << bits == 0),
            None => false,
        }
    }

    pub fn host(&self) -> &str {
        Endpoint::split(&self.0).map_or("", |(host, _)| host)
    }

    pub fn port(&self) -> u16 {
        Endpoint::split(&self.0).map_or(0, |(_, port)| port)
    }
}

/// An address; one of IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text).parse().ok()
}

/// Names of Services and of the pod itself lie behind private addresses, which a rule for a name
/// does not open.
fn outside(host: &str) -> Result<(), String> {
    let api = ["kubernetes.default", "kubernetes.default.svc"];
    let bare = host.strip_suffix(".cluster.local").unwrap_or(host);
    if api.contains(&bare) || bare == "kubernetes" {
        return Err("this is the API server of the cluster: write `kubernetes-api`".into());
    }
    if host == "localhost" {
        return Err("this is the pod itself, to which nothing has to be opened".into());
    }
    let is_inside = bare != host || host.ends_with(".svc") || !host.contains('.');
    let name = host.split('.').next().unwrap_or(host);
    ensure(
        !is_inside,
        &format!("`{host}` lies inside the cluster: write `calls \"{name}\"`, with its name here"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_inside_the_cluster_is_not_outside() {
        for (text, expected) in [
            ("api.stripe.com:443", Ok(("api.stripe.com", 443))),
            ("203.0.113.0/24:443", Ok(("203.0.113.0/24", 443))),
            ("fd00::1/128:443", Ok(("fd00::1/128", 443))),
            ("[fd00::]/64:443", Ok(("[fd00::]/64", 443))),
            ("[fd00::1]:443", Err("write `fd00::1/128:443`")),
            ("fd00::1:443", Err("write `fd00::1/128:443`")),
            ("10.0.0.5:5432", Err("write `10.0.0.5/32:5432`")),
            ("b.shop.svc.cluster.local:80", Err("write `calls \"b\"`")),
            ("b.shop.svc:80", Err("write `calls \"b\"`")),
            ("b:80", Err("write `calls \"b\"`")),
            ("kubernetes.default.svc:443", Err("write `kubernetes-api`")),
            ("localhost:80", Err("the pod itself")),
            ("api.stripe.com", Err("expected `<host>:<port>`")),
            ("api.stripe.com:0", Err("expected `<host>:<port>`")),
        ] {
            match (Endpoint::split(text), expected) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{text}"),
                (Err(found), Err(part)) => assert!(found.contains(part), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
