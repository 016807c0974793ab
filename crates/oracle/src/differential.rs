//! Runs one trace on two machines and finds the first operation after which they differ.

use crate::Machine;
use crate::observation::{Detail, Difference};
use crate::operation::{Answer, Operation};

/// Where two machines part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The operation's place in the trace, from 0.
    pub index: usize,
    /// What differs after it.
    pub difference: Difference,
}

/// How often what is dear to read is compared.
#[derive(Clone, Copy, Debug)]
pub enum Thoroughness {
    /// Everything after every operation.
    Each,
    /// Everything after so many operations; what is cheap to read after each.
    Every(usize),
    /// Everything after the last operation; what is cheap to read after each. To read everything
    /// makes the processes call mincore(2), which may hide what differs.
    Last,
}

impl Thoroughness {
    fn detail(self, index: usize) -> Detail {
        match self {
            Thoroughness::Every(n) if (index + 1).is_multiple_of(n) => Detail::Full,
            Thoroughness::Each => Detail::Full,
            _ => Detail::Cheap,
        }
    }
}

/// Two machines side by side.
pub struct Pair<'a, A, B> {
    /// The model.
    pub model: &'a mut A,
    /// Linux.
    pub linux: &'a mut B,
    /// How much is compared.
    pub thoroughness: Thoroughness,
}

impl<A: Machine, B: Machine> Pair<'_, A, B> {
    /// Begins a trace on both.
    pub fn reset(&mut self) {
        self.model.reset();
        self.linux.reset();
    }

    /// Does the trace's operation `index` on both; the model's answer, and what differs after it.
    /// Linux is not asked what would block it, or is not its own.
    pub fn step(&mut self, index: usize, operation: &Operation) -> (Answer, Option<Difference>) {
        let model = self.model.apply(operation);
        if !model.is_done() {
            return (model, None);
        }
        let linux = self.linux.apply(operation);
        if model != linux {
            let difference = Difference::new(format!("answer to {operation}"), &model, &linux);
            return (model, Some(difference));
        }
        let difference = self.compare(self.thoroughness.detail(index));
        (model, difference)
    }

    /// What differs now.
    pub fn compare(&mut self, detail: Detail) -> Option<Difference> {
        let model = self.model.observe(detail);
        model.difference(&self.linux.observe(detail))
    }

    /// What the model alone answers to a trace.
    pub fn model_answers(&mut self, operations: &[Operation]) -> Vec<Answer> {
        self.model.reset();
        operations.iter().map(|o| self.model.apply(o)).collect()
    }

    /// Runs a whole trace from its start; the first divergence.
    pub fn replay(&mut self, operations: &[Operation]) -> Option<Divergence> {
        self.reset();
        for (index, operation) in operations.iter().enumerate() {
            if let (_, Some(difference)) = self.step(index, operation) {
                return Some(Divergence { index, difference });
            }
        }
        let difference = self.compare(Detail::Full)?;
        let index = operations.len().saturating_sub(1);
        Some(Divergence { index, difference })
    }
}
