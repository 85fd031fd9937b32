//! One line of the report, and the statistics behind it.

/// A measured figure with its two marks. Less is better.
#[derive(Debug)]
pub struct Figure {
    /// What was measured, with its unit.
    pub name: &'static str,
    /// The outcome.
    pub measured: f64,
    /// What it should be.
    pub goal: f64,
    /// What it may be.
    pub accepted: f64,
}

impl Figure {
    /// Prints the line.
    pub fn print(&self) {
        let verdict = if self.measured <= self.goal {
            ""
        } else if self.measured <= self.accepted {
            "  accepted"
        } else {
            "  MISSED"
        };
        println!("{:<44} {:>12.2} {:>9} {:>9}{verdict}", self.name, self.measured, self.goal, self.accepted);
    }
}

/// The middle value; 0 of nothing.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 50)
}

/// The value below which so many in a hundred lie; 0 of nothing.
pub fn quantile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(place).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert!((quantile(&mut values, 95) - 19.0).abs() < f64::EPSILON);
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(&mut []).abs() < f64::EPSILON);
    }
}
