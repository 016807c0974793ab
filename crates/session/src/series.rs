//! Samples over time, evenly spaced and bounded in number: what charts are drawn from.

/// The most samples that a branch keeps.
const MOST: usize = 1024;

/// Something that was counted after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample<S> {
    /// The step.
    pub step: u64,
    /// The greatest burst of the steps since the sample before it.
    pub burst: u64,
    /// What was counted.
    pub counted: S,
}

/// The samples of a branch, ascending: one for each step while there are few, then for every second one, and so on.
#[derive(Clone, Debug)]
pub struct Series<S> {
    samples: Vec<Sample<S>>,
    spacing: u64,
    /// The greatest burst since the last sample.
    burst: u64,
}

impl<S> Series<S> {
    /// No sample yet; the first ones lie `spacing` steps apart.
    pub const fn new(spacing: u64) -> Series<S> {
        Series {
            samples: Vec::new(),
            spacing,
            burst: 0,
        }
    }

    /// From one sample to the next, in steps: a power of two.
    pub const fn spacing(&self) -> u64 {
        self.spacing
    }

    /// The samples.
    pub fn samples(&self) -> &[Sample<S>] {
        &self.samples
    }

    /// Takes notice of a step: `burst` is what it alone did, and `count` is called where a sample is due.
    pub fn note(&mut self, step: u64, burst: u64, count: impl FnOnce() -> S) {
        self.burst = self.burst.max(burst);
        if !step.is_multiple_of(self.spacing) {
            return;
        }
        self.samples.push(Sample {
            step,
            burst: std::mem::take(&mut self.burst),
            counted: count(),
        });
        if self.samples.len() > MOST {
            self.thin();
        }
    }

    /// Doubles the spacing; the bursts of the samples that go are those of the next ones then.
    fn thin(&mut self) {
        self.spacing *= 2;
        let (spacing, mut burst) = (self.spacing, 0);
        self.samples.retain_mut(|sample| {
            burst = sample.burst.max(burst);
            let stays = sample.step.is_multiple_of(spacing);
            if stays {
                sample.burst = std::mem::take(&mut burst);
            }
            stays
        });
        self.burst = self.burst.max(burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_keeps_its_shape_and_every_burst() {
        let mut series = Series::new(1);
        let burst = |step: u64| if step == 77_777 { 9 } else { 0 };
        for step in 0..=100_000 {
            series.note(step, burst(step), || step * 3);
        }
        let samples = series.samples();
        assert!((MOST / 2..=MOST).contains(&samples.len()));
        let even = |pair: &[Sample<u64>]| pair[1].step - pair[0].step == series.spacing();
        assert!(samples.windows(2).all(even));
        assert!(
            samples
                .iter()
                .all(|sample| sample.counted == sample.step * 3)
        );
        let bursts: Vec<u64> = samples
            .iter()
            .filter(|sample| sample.burst > 0)
            .map(|sample| sample.step)
            .collect();
        assert_eq!(bursts, [77_777u64.next_multiple_of(series.spacing())]);
    }
}
