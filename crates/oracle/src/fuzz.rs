//! The fuzzer: random traces on the model and on Linux, until they differ or time is up.

use std::io;
use std::time::{Duration, Instant};

use crate::Machine;
use crate::c_program::c_program;
use crate::differential::{Divergence, Pair, Thoroughness};
use crate::generator::Generator;
use crate::known_divergences;
use crate::minimise::minimise;
use crate::observation::Difference;
use crate::operation::{Answer, Operation};

/// Operations of the traces in turn, their epilogues aside: many beginnings, and some long lives.
const TRACE_LENGTHS: [usize; 4] = [60, 60, 120, 300];
/// Between two full comparisons.
const FULL_EVERY: usize = 8;
/// How often the minimiser may run a trace.
const MINIMISER_BUDGET: usize = 1500;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The same seed gives the same traces.
    pub seed: u64,
    /// Operations in all.
    pub operations: u64,
    /// When to stop, if not before.
    pub at_most: Option<Duration>,
    /// Divergences after which to stop.
    pub divergences: u64,
    /// The seed of the only trace to run; with none, those of `seed` are run.
    pub trace: Option<u64>,
    /// The only actions to use, by the names of [`crate::generator::names`]; empty for all.
    pub only: Vec<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Operations done on both.
    pub operations: u64,
    /// Traces in which the machines differed, again and again.
    pub divergences: u64,
    /// Traces in which they differed once and not when they were repeated: Linux's own doing, as
    /// writeback because another process calls sync(2), or because the whole machine's dirty pages
    /// are many.
    pub unstable: u64,
    /// Divergences that are listed as known.
    pub known: u64,
}

/// A trace in which the machines differ, made short.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed of its generator.
    pub trace_seed: u64,
    /// The operations.
    pub trace: Vec<Operation>,
    /// What the model answered.
    pub answers: Vec<Answer>,
    /// Where the machines part.
    pub divergence: Divergence,
}

impl Finding {
    /// The finding as people read it: where, what, and a C program.
    pub fn report(&self) -> String {
        let Divergence { index, difference } = &self.divergence;
        let note = format!(
            "trace seed {}\nafter: {}\n{}\nmodel: {}\nLinux: {}",
            self.trace_seed,
            self.trace[*index],
            difference.observable,
            difference.model,
            difference.linux,
        );
        c_program(&self.trace, &self.answers, &note)
    }
}

/// What a plan meets.
#[derive(Clone, Debug)]
pub enum Met {
    /// The machines differ in this.
    Divergence(Finding),
    /// They differed once, and not when the trace was repeated: Linux's own doing.
    Once {
        /// The seed of the trace's generator.
        trace_seed: u64,
        /// The operation after which they did.
        operation: Operation,
        /// In what.
        difference: Difference,
    },
}

/// Runs the plan; `told` is what hears of differences.
///
/// # Errors
/// Why there can be no machine any more.
pub fn fuzz<A: Machine, B: Machine>(
    model: &mut A,
    linux: &mut B,
    plan: &Plan,
    mut told: impl FnMut(&Met),
) -> io::Result<Summary> {
    let start = Instant::now();
    let mut summary = Summary::default();
    let mut pair = Pair {
        model,
        linux,
        thoroughness: Thoroughness::Every(FULL_EVERY),
    };
    // The traces of one plan are those of consecutive numbers below a spread-out seed.
    let first = plan
        .seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(1);
    let mut trace_seed = plan.trace.unwrap_or(first);
    loop {
        let run = run_trace(&mut pair, trace_seed, &plan.only);
        summary.operations += run.trace.len() as u64;
        if let Some((operation, difference)) = run.differs {
            match examine(&mut pair, trace_seed, &run.trace)? {
                None => {
                    summary.unstable += 1;
                    told(&Met::Once {
                        trace_seed,
                        operation,
                        difference,
                    });
                }
                Some(finding) if known_divergences::covers(&finding) => summary.known += 1,
                Some(finding) => {
                    summary.divergences += 1;
                    told(&Met::Divergence(finding));
                }
            }
        }
        let is_over = plan.trace.is_some()
            || summary.operations >= plan.operations
            || summary.divergences >= plan.divergences
            || plan.at_most.is_some_and(|limit| start.elapsed() >= limit);
        if is_over {
            return Ok(summary);
        }
        trace_seed = trace_seed.wrapping_add(1);
    }
}

/// A trace that ran, up to its end or a difference.
struct Run {
    trace: Vec<Operation>,
    /// The operation after which the machines differed, and in what.
    differs: Option<(Operation, Difference)>,
}

/// Runs the trace of a seed.
fn run_trace<A: Machine, B: Machine>(
    pair: &mut Pair<A, B>,
    trace_seed: u64,
    only: &[String],
) -> Run {
    let mut generator = Generator::new(trace_seed, only);
    let length = TRACE_LENGTHS[(trace_seed % 4) as usize];
    let mut trace = Vec::with_capacity(2 * length);
    pair.reset();
    while trace.len() < length || generator.is_setting_up() {
        let operation = generator.operation();
        let (answer, difference) = pair.step(trace.len(), &operation);
        generator.learn(&operation, &answer);
        if answer.is_done() {
            trace.push(operation.clone());
        }
        if let Some(difference) = difference {
            let differs = Some((operation, difference));
            return Run { trace, differs };
        }
    }
    for operation in generator.epilogue() {
        let (_, difference) = pair.step(FULL_EVERY, &operation);
        trace.push(operation.clone());
        if let Some(difference) = difference {
            let differs = Some((operation, difference));
            return Run { trace, differs };
        }
    }
    let difference = pair.compare(crate::observation::Detail::Full);
    let differs = trace.last().cloned().zip(difference);
    Run { trace, differs }
}

/// Repeats a trace that failed, and makes it short: with everything compared after each operation,
/// or after the last alone where that shows nothing.
fn examine<A: Machine, B: Machine>(
    pair: &mut Pair<A, B>,
    trace_seed: u64,
    trace: &[Operation],
) -> io::Result<Option<Finding>> {
    let usual = pair.thoroughness;
    let mut finding = None;
    for thoroughness in [Thoroughness::Each, Thoroughness::Last] {
        pair.thoroughness = thoroughness;
        finding = shorten(pair, trace_seed, trace)?;
        if finding.is_some() {
            break;
        }
    }
    pair.thoroughness = usual;
    Ok(finding)
}

/// What a trace shows when it is repeated, made short; none where that, or what is left of it, shows
/// nothing. A difference that comes from traces before does not show on a new machine.
fn shorten<A: Machine, B: Machine>(
    pair: &mut Pair<A, B>,
    trace_seed: u64,
    trace: &[Operation],
) -> io::Result<Option<Finding>> {
    pair.linux.renew()?;
    let Some(first) = pair.replay(trace) else {
        return Ok(None);
    };
    let observable = first.difference.observable;
    let trace = minimise(&trace[..=first.index], MINIMISER_BUDGET, |shorter| {
        // What fails elsewhere is another bug.
        let fails = |d: Divergence| d.difference.observable == observable;
        pair.replay(shorter).is_some_and(fails)
    });
    // Once more: what does not repeat is not the model's fault.
    pair.linux.renew()?;
    let answers = pair.model_answers(&trace);
    Ok(pair.replay(&trace).map(|divergence| Finding {
        trace_seed,
        trace,
        answers,
        divergence,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Detail, Observation, ProcessView};
    use crate::operation::{Action, Process};
    use abi::VirtAddr;
    use kernel::Width;

    /// Errs, if it errs at all, in a load at 2 after one at 1, and in a load at 3 without one.
    #[derive(Default)]
    struct Loads {
        errs: bool,
        after_one: bool,
    }

    impl Machine for Loads {
        fn reset(&mut self) {
            self.after_one = false;
        }

        fn apply(&mut self, operation: &Operation) -> Answer {
            let Action::Load { address, .. } = operation.action else {
                return Answer::Lost;
            };
            self.after_one |= address.0 == 1;
            let wrong = address.0 == if self.after_one { 2 } else { 3 };
            Answer::Value(u64::from(self.errs && wrong))
        }

        fn observe(&mut self, _: Detail) -> Observation {
            Observation::default()
        }
    }

    #[test]
    fn a_short_trace_shows_the_bug_of_the_long_one() {
        let load = |address| Operation {
            process: Process(0),
            action: Action::Load {
                address: VirtAddr(address),
                width: Width::Byte,
            },
        };
        let mut pair = Pair {
            model: &mut Loads {
                errs: true,
                ..Loads::default()
            },
            linux: &mut Loads::default(),
            thoroughness: Thoroughness::Each,
        };
        // Without the first load, the other bug shows.
        let trace = [load(1), load(3), load(2)];
        let finding = examine(&mut pair, 0, &trace).unwrap().unwrap();
        assert_eq!(finding.trace, [load(1), load(2)]);
    }

    /// Errs, if it errs at all, in what is seen after two operations between which nothing was.
    #[derive(Default)]
    struct Shy {
        errs: bool,
        unseen: u64,
    }

    impl Machine for Shy {
        fn reset(&mut self) {
            self.unseen = 0;
        }

        fn apply(&mut self, _: &Operation) -> Answer {
            self.unseen += 1;
            Answer::Value(0)
        }

        fn observe(&mut self, detail: Detail) -> Observation {
            let process = ProcessView {
                process: Process(0),
                minor_faults: u64::from(detail == Detail::Full && self.errs && self.unseen > 1),
                major_faults: 0,
                pages: Vec::new(),
                vmas: Vec::new(),
            };
            if detail == Detail::Full {
                self.unseen = 0;
            }
            Observation {
                processes: vec![process],
            }
        }
    }

    #[test]
    fn what_shows_only_where_nothing_is_read_between_is_found() {
        let fetch = Operation {
            process: Process(0),
            action: Action::Fetch {
                address: VirtAddr(0),
            },
        };
        let mut pair = Pair {
            model: &mut Shy {
                errs: true,
                ..Shy::default()
            },
            linux: &mut Shy::default(),
            thoroughness: Thoroughness::Every(FULL_EVERY),
        };
        let trace = vec![fetch; FULL_EVERY];
        let finding = examine(&mut pair, 0, &trace).unwrap().unwrap();
        assert_eq!(finding.trace.len(), 2);
    }
}
