//! A history of a toy world: stepping, seeking, branching and thinning all lead to the same states.

use proptest::prelude::*;

use super::*;
use crate::record::Marks;

/// Adds up what it is given; a step halves what is left to add.
#[derive(Clone, Debug, Default, PartialEq)]
struct Adder {
    sum: u64,
    steps: u64,
    left: u64,
}

impl World for Adder {
    type Input = u64;
    type Counted = u64;

    fn count(&self, _: u64) -> u64 {
        self.sum
    }

    fn burst(&self) -> u64 {
        u64::from(self.left == 0)
    }

    fn take(&mut self, input: &u64) {
        self.left += input;
    }

    fn advance(&mut self) -> Option<Record> {
        self.left = self.left.checked_sub(1)?;
        self.steps += 1;
        self.sum = self.sum.wrapping_mul(31).wrapping_add(self.left);
        let marks = if self.left == 0 {
            Marks::STATEMENT_END
        } else {
            Marks::CHANGE
        };
        Some(Record {
            pid: 1,
            marks,
            cost: 40,
        })
    }
}

fn run(history: &mut History<Adder>) {
    while history.forward() {}
}

#[test]
fn samples_are_those_of_the_branch_and_what_its_steps_led_to() {
    let mut history = History::new(Adder::default());
    history.give(6);
    run(&mut history);
    history.seek(3);
    history.give(2);
    run(&mut history);
    let samples = history.samples().into_iter();
    let counted: Vec<(u64, u64)> = samples
        .map(|sample| (sample.step, sample.counted))
        .collect();
    for (step, sum) in &counted {
        assert_eq!(history.replayed(*step).sum, *sum, "step {step}");
    }
    let steps: Vec<u64> = counted.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, (0..=history.length()).collect::<Vec<_>>());
    let bursts = history.samples().into_iter().map(|sample| sample.burst);
    assert_eq!(bursts.sum::<u64>(), 1, "the old future's end is not of it");
}

#[test]
fn an_input_in_the_past_opens_a_branch_and_keeps_the_old_future() {
    let mut history = History::new(Adder::default());
    history.give(5);
    run(&mut history);
    let old = history.world().clone();
    history.seek(3);
    history.give(100);
    run(&mut history);
    assert_eq!((history.current(), history.length()), (1, 105));
    assert_eq!(
        history
            .branches()
            .map(|branch| (branch.from, branch.length))
            .collect::<Vec<_>>(),
        [(0, 5), (3, 105)]
    );
    assert!(history.select(0));
    assert_eq!(history.position(), 3);
    run(&mut history);
    assert_eq!(history.world(), &old);
    assert_eq!(history.inputs(), [(0, 5)]);
    assert!(history.select(1));
    assert_eq!(history.inputs(), [(0, 5), (3, 100)]);
}

#[test]
fn nothing_happens_without_an_input() {
    let mut history = History::new(Adder::default());
    assert!(!history.forward());
    assert!(!history.select(7));
    history.give(1);
    assert!(history.input_waits());
    assert!(history.forward());
    assert!(!history.input_waits());
    assert!(!history.forward());
    assert_eq!((history.position(), history.length()), (1, 1));
}

#[test]
fn snapshots_stay_few() {
    let mut history = History::new(Adder::default());
    history.give(100_000);
    run(&mut history);
    let snapshots: usize = history
        .branches
        .iter()
        .map(|branch| branch.snapshots.len())
        .sum();
    assert!(
        (MOST_SNAPSHOTS / 3..=MOST_SNAPSHOTS).contains(&snapshots),
        "{snapshots}"
    );
    let end = history.world().clone();
    history.seek(1);
    history.seek(100_000);
    assert_eq!(history.world(), &end);
}

#[derive(Clone, Debug)]
enum Act {
    Give(u64),
    Forward(u64),
    Seek(u64),
    Select(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1u64..300).prop_map(Act::Give),
        (1u64..300).prop_map(Act::Forward),
        (0u64..600).prop_map(Act::Seek),
        (0usize..6).prop_map(Act::Select),
    ]
}

/// What the world should be: all inputs of the branch, replayed from the start.
fn replayed(history: &History<Adder>) -> Adder {
    let mut world = Adder::default();
    let inputs = history.inputs();
    for position in 0..history.position() {
        for (_, input) in inputs.iter().filter(|(at, _)| *at == position) {
            world.take(input);
        }
        assert!(world.advance().is_some());
    }
    world
}

proptest! {
    #[test]
    fn wherever_one_goes_the_state_is_that_of_a_replay(acts in prop::collection::vec(act(), 1..40)) {
        let mut history = History::new(Adder::default());
        for act in acts {
            match act {
                Act::Give(input) => history.give(input),
                Act::Forward(steps) => for _ in 0..steps { history.forward(); },
                Act::Seek(position) => history.seek(position),
                Act::Select(branch) => { history.select(branch); }
            }
            let mut expected = replayed(&history);
            for (_, input) in history.inputs().iter().filter(|(at, _)| *at == history.position()).take(history.taken) {
                expected.take(input);
            }
            prop_assert_eq!(history.world(), &expected);
        }
    }
}
