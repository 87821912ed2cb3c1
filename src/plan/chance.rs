//! Probabilities: how often a measurement goes wrong, and how many requests make it mean something.
//!
//! Sources: the binomial distribution, summed up term by term; its normal approximation (de
//! Moivre and Laplace) where there are too many terms; sample sizes for two proportions (Fleiss,
//! "Statistical Methods for Rates and Proportions", without continuity correction), and for two
//! Poisson counts the standard deviation of their ratio, √(1/n₁ + 1/n₂).

/// One-sided 95 %: a good version is held back once in twenty times.
pub const Z_ALPHA: f64 = 1.644_853_626_951_472_7;
/// 80 %: a bad version passes once in five times.
pub const Z_BETA: f64 = 0.841_621_233_572_914_3;

/// Up to so many requests terms are summed up one by one.
const EXACT: u64 = 20_000;

/// The probability of at least `least` hits among `n`, each with probability `p`.
pub fn at_least(n: u64, p: f64, least: u64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    if least > n || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    match n <= EXACT {
        true => summed(n, p, least),
        false => {
            let (mean, deviation) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
            normal((mean - (least as f64 - 0.5)) / deviation.max(f64::MIN_POSITIVE))
        }
    }
}

/// The probability that the z-test of two shares with pooled variance and Yates' correction comes to
/// `limit` or more, when the shares of the new and of the old version, each with its requests, are
/// these: the normal approximation of their difference.
pub fn of_test(new: (f64, u64), old: (f64, u64), limit: f64) -> f64 {
    let ((p, n), (q, m)) = ((new.0, new.1.max(1) as f64), (old.0, old.1.max(1) as f64));
    let pooled = (p * n + q * m) / (n + m);
    let gap = p - q - (1.0 / n + 1.0 / m) / 2.0;
    let alike = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
        .max(0.0)
        .sqrt();
    let apart = (p * (1.0 - p) / n + q * (1.0 - q) / m).max(1e-12).sqrt();
    normal((gap - limit * alike) / apart)
}

/// The tail that lies away from the mean, from its largest term outwards until terms vanish.
fn summed(n: u64, p: f64, least: u64) -> f64 {
    let is_upper = (least as f64) > n as f64 * p;
    let odds = p / (1.0 - p);
    let mut k = if is_upper { least } else { least - 1 };
    let mut term = (choose(n, k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp();
    let mut sum = 0.0;
    while term > sum * 1e-17 {
        sum += term;
        let (up, down) = ((n - k) as f64, k as f64);
        match is_upper {
            true if k < n => {
                term *= up / (down + 1.0) * odds;
                k += 1;
            }
            false if k > 0 => {
                term *= down / ((up + 1.0) * odds);
                k -= 1;
            }
            _ => break,
        }
    }
    let tail = if is_upper { sum } else { 1.0 - sum };
    tail.clamp(0.0, 1.0)
}

/// The logarithm of the binomial coefficient.
fn choose(n: u64, k: u64) -> f64 {
    log_gamma(n as f64 + 1.0) - log_gamma(k as f64 + 1.0) - log_gamma((n - k) as f64 + 1.0)
}

/// ln Γ(x) for x ≥ 1: Stirling's series beyond 15, the recurrence below (Abramowitz and Stegun
/// 6.1.15 and 6.1.41).
fn log_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 15.0 {
        shift += x.ln();
        x += 1.0;
    }
    let square = x * x;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - shift
}

/// The normal distribution function, by the continued fraction of its tail and the series of its
/// middle (Abramowitz and Stegun 26.2.10 and 26.2.14).
pub fn normal(x: f64) -> f64 {
    if x.is_nan() {
        return 0.5;
    }
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (x, x);
        for k in 1..80 {
            term *= -x * x / (2.0 * f64::from(k));
            let part = term / (2.0 * f64::from(k) + 1.0);
            sum += part;
            if part.abs() <= sum.abs() * f64::EPSILON {
                break;
            }
        }
        let middle = 0.5 + sum / (2.0 * std::f64::consts::PI).sqrt();
        return middle.clamp(0.0, 1.0);
    }
    let mut fraction = 0.0;
    for k in (1..60).rev() {
        fraction = f64::from(k) / (x.abs() + fraction);
    }
    let tail = density / (x.abs() + fraction);
    match x > 0.0 {
        true => 1.0 - tail,
        false => tail,
    }
}

/// Requests that the new version needs so that a share of `worse` is told from one of `base`, when
/// the old version gets `ratio` times as many; infinite where it is a fixed bound.
pub fn requests_for_shares(base: f64, worse: f64, ratio: f64) -> Option<u64> {
    requests_for_test(base, worse, ratio, Z_ALPHA)
}

/// The same for a test that asks for another `z` than 95 %.
pub fn requests_for_test(base: f64, worse: f64, ratio: f64, z: f64) -> Option<u64> {
    let gap = worse - base;
    if gap <= 0.0 || ratio <= 0.0 {
        return None;
    }
    let inverse = 1.0 / ratio;
    let pooled = (worse + ratio.min(1e12) * base) / (1.0 + ratio.min(1e12));
    let alike = (pooled * (1.0 - pooled) * (1.0 + inverse)).sqrt();
    let apart = (worse * (1.0 - worse) + base * (1.0 - base) * inverse).sqrt();
    whole(((z * alike + Z_BETA * apart) / gap).powi(2))
}

/// Requests that the new version needs so that noise alone does not make it fall short of the old
/// one by `margin` (0.05 for 95 %).
pub fn requests_for_ratio(margin: f64, ratio: f64) -> Option<u64> {
    if margin <= 0.0 || ratio <= 0.0 {
        return None;
    }
    whole((Z_ALPHA / margin).powi(2) * (1.0 + 1.0 / ratio))
}

fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && number < 1e15).then(|| number.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_binomial_distribution() {
        // n, p, least → probability (worked out with exact fractions)
        for (n, p, least, expected) in [
            (1, 0.5, 1, 0.5),
            (3, 0.5, 2, 0.5),
            (10, 0.1, 1, 0.651_321_559_9),
            (100, 0.01, 1, 0.633_967_658_7),
            (100, 0.01, 2, 0.264_238_021_1),
            (20, 0.95, 20, 0.358_485_922_4),
            (5, 0.3, 0, 1.0),
            (5, 0.3, 6, 0.0),
            (5, 0.0, 1, 0.0),
            (5, 1.0, 5, 1.0),
        ] {
            let found = at_least(n, p, least);
            assert!((found - expected).abs() < 1e-9, "{n} {p} {least}: {found}");
        }
    }

    #[test]
    fn many_requests_are_counted_by_the_normal_distribution() {
        for (x, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_1),
            (-1.644_853_627, 0.05),
            (2.9, 0.998_134_186_7),
            (4.0, 0.999_968_328_8),
            (-6.0, 9.865_876_450e-10),
        ] {
            assert!((normal(x) - expected).abs() < 1e-9, "{x}: {}", normal(x));
        }
        let (near, exact) = (at_least(20_001, 0.01, 220), at_least(20_000, 0.01, 220));
        assert!((near - exact).abs() < 0.01, "{near} {exact}");
    }

    #[test]
    fn a_test_finds_twice_the_errors_in_four_of_five_releases_with_the_requests_that_it_needs() {
        // The sample size of Fleiss for 95 and 80 percent leaves the correction out.
        let needed = requests_for_shares(0.005, 0.01, 19.0).unwrap();
        let found = of_test((0.01, needed), (0.005, needed * 19), Z_ALPHA);
        assert!((0.75..0.81).contains(&found), "{found}");
        assert!(of_test((1.0, 100), (0.0, 1900), Z_ALPHA) > 0.999);
        assert!(of_test((0.005, 1000), (0.005, 19_000), Z_ALPHA) < 0.06);
    }

    #[test]
    fn requests_that_a_verdict_needs() {
        // Twice the errors, 0.5 % to 1 %, at 5 percent of the traffic: 1,711; at 15 minutes 38 a second.
        assert_eq!(requests_for_shares(0.005, 0.01, 19.0), Some(1711));
        // 95 % of the throughput at 5 percent of the traffic.
        assert_eq!(requests_for_ratio(0.05, 19.0), Some(1140));
        // Against a fixed bound.
        assert_eq!(requests_for_shares(0.005, 0.01, f64::INFINITY), Some(1597));
        assert_eq!(requests_for_shares(0.01, 0.01, 19.0), None);
        assert_eq!(requests_for_ratio(0.0, 19.0), None);
    }
}
