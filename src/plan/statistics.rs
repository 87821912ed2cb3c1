//! Normal quantiles, and how a chance of error is spent over several looks.

/// The standard normal quantile of `p` in (0, 1), good to about seven digits.
///
/// Source: M. J. Wichura, "The Percentage Points of the Normal Distribution", Applied Statistics
/// 37 (1988), algorithm AS 241, routine PPND7.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        let above = polynomial(
            r,
            &[
                3.387_132_717_9,
                50.434_271_938,
                159.291_132_02,
                59.109_374_72,
            ],
        );
        return q * above / polynomial(r, &[1.0, 17.895_169_469, 78.757_757_664, 67.187_563_6]);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-tail.max(f64::MIN_POSITIVE).ln()).sqrt();
    let size = if r <= 5.0 {
        let r = r - 1.6;
        let above = [
            1.423_437_277_7,
            2.756_815_39,
            1.306_728_481_6,
            0.170_238_211_03,
        ];
        polynomial(r, &above) / polynomial(r, &[1.0, 0.737_001_642_5, 0.120_211_329_75])
    } else {
        let r = r - 5.0;
        let above = [
            6.657_905_115,
            3.081_226_386,
            0.428_682_943_37,
            0.017_337_203_997,
        ];
        polynomial(r, &above) / polynomial(r, &[1.0, 0.241_978_942_25, 0.012_258_202_635])
    };
    if q < 0.0 { -size } else { size }
}

/// Coefficients from the constant one on.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, one| sum * x + one)
}

/// The z that a one-sided test at each of `looks` stages may not exceed, so that over all of them a
/// version no worse than the stable one is refused with a chance of at most `alpha_ppm` millionths.
///
/// Bonferroni: every stage gets the same share of the chance, whatever the stages have in common.
pub fn stage_limit(alpha_ppm: u32, looks: usize) -> f64 {
    let alpha = f64::from(alpha_ppm.clamp(1, 500_000)) / 1e6;
    let looks = u32::try_from(looks.clamp(1, 1000)).unwrap_or(1000);
    normal_quantile(1.0 - alpha / f64::from(looks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, expected) in [
            (0.5, 0.0),
            (0.8, 0.841_621),
            (0.95, 1.644_854),
            (0.975, 1.959_964),
            (0.987_5, 2.241_403),
            (0.99, 2.326_348),
            (0.05, -1.644_854),
            (0.999_999_9, 5.199_338),
            (1e-12, -7.034_484),
        ] {
            let got = normal_quantile(p);
            assert!((got - expected).abs() < 2e-6, "{p}: {got}");
        }
    }

    #[test]
    fn more_looks_ask_for_more_evidence_each() {
        for (looks, expected) in [(1, 1.645), (3, 2.128), (4, 2.241), (5, 2.326)] {
            assert!(
                (stage_limit(50_000, looks) - expected).abs() < 1e-3,
                "{looks}"
            );
        }
        assert!(stage_limit(0, 0).is_finite() && stage_limit(u32::MAX, usize::MAX).is_finite());
    }
}
