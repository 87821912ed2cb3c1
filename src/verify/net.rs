//! Addresses and ranges of addresses, as `ipBlock` and `hostAliases` write them.

use std::net::IpAddr;

/// A range of addresses: the first one and how many leading bits are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`. Bits beyond the prefix may be set: see
    /// [`Cidr::is_exact`].
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        if bits.is_empty() || bits.len() > 3 || !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let bits: u8 = bits.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        (bits <= width).then_some(Cidr { address, bits })
    }

    /// Are all bits beyond the prefix zero?
    pub fn is_exact(self) -> bool {
        self.first() == number(self.address)
    }

    /// Is `other` inside this range, and smaller?
    pub fn strictly_contains(self, other: Cidr) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.bits < other.bits
            && Cidr {
                bits: self.bits,
                ..other
            }
            .first()
                == self.first()
    }

    fn first(self) -> u128 {
        let width = if self.address.is_ipv4() { 32 } else { 128 };
        let free = u32::from(width - self.bits);
        number(self.address)
            .checked_shr(free)
            .unwrap_or(0)
            .checked_shl(free)
            .unwrap_or(0)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// Is it an address?
pub fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_nested() {
        let cidr = |text| Cidr::parse(text).unwrap();
        assert!(cidr("10.0.0.0/8").strictly_contains(cidr("10.1.0.0/16")));
        assert!(!cidr("10.0.0.0/8").strictly_contains(cidr("10.0.0.0/8")));
        assert!(!cidr("10.0.0.0/8").strictly_contains(cidr("11.0.0.0/16")));
        assert!(cidr("0.0.0.0/0").strictly_contains(cidr("10.0.0.0/8")));
        assert!(cidr("::/0").strictly_contains(cidr("2001:db8::/32")));
        assert!(!cidr("::/0").strictly_contains(cidr("10.0.0.0/8")));
        assert!(cidr("10.0.0.0/8").is_exact() && !cidr("10.0.0.1/8").is_exact());
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "010.0.0.0/8",
            "10.0.0.0/+8",
            "a/8",
            "10.0.0.0/",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }
}
