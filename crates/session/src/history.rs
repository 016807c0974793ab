//! Time travel: a tree of branches, each a list of inputs and of the steps that followed, and snapshots to start from.
//!
//! [`History`] knows nothing of memory or C: it drives a [`World`], which must be deterministic. A
//! position counts steps; the state at position p is the one after p steps, before the inputs given
//! there. To get to a position, the nearest snapshot before it is cloned and the rest is run again.

use crate::record::Record;
use crate::series::{Sample, Series};

/// What has a history: a deterministic machine that takes inputs between its steps.
pub trait World: Clone {
    /// What comes from outside.
    type Input: Clone + std::fmt::Debug;
    /// What is counted of it for charts.
    type Counted: Clone + std::fmt::Debug;

    /// Takes an input; what it does happens in the steps that follow.
    fn take(&mut self, input: &Self::Input);

    /// Does one step; none when nothing can happen without another input.
    fn advance(&mut self) -> Option<Record>;

    /// Counts what is charted, after this step.
    fn count(&self, step: u64) -> Self::Counted;

    /// How much the last step alone did of what is over with it: charts keep the greatest.
    fn burst(&self) -> u64;
}

/// Snapshots are at first this far apart, in cost; twice as far each time there are too many of them.
const FIRST_SPACING: u64 = 1024;
/// The most snapshots that are kept.
const MOST_SNAPSHOTS: usize = 192;
/// The most steps that a branch may have.
pub const MOST_STEPS: u64 = 4_000_000;

#[derive(Clone, Debug)]
struct Snapshot<W> {
    position: u64,
    /// What running from the start to here costs.
    cost: u64,
    world: W,
}

/// A future of its own from `from` on.
#[derive(Clone, Debug)]
struct Branch<W: World> {
    parent: Option<usize>,
    from: u64,
    inputs: Vec<(u64, W::Input)>,
    records: Vec<Record>,
    snapshots: Vec<Snapshot<W>>,
    series: Series<W::Counted>,
    /// What running to its end costs.
    cost: u64,
}

/// What can be said of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchSummary<I> {
    /// Its number, from 0.
    pub id: usize,
    /// The branch that it left.
    pub parent: Option<usize>,
    /// The position at which it left it.
    pub from: u64,
    /// Its last position.
    pub length: u64,
    /// Its first own input.
    pub first_input: Option<I>,
}

/// A world, where it stands, and everywhere it has been.
#[derive(Clone, Debug)]
pub struct History<W: World> {
    branches: Vec<Branch<W>>,
    current: usize,
    position: u64,
    /// How many of the inputs given at `position` the world has taken.
    taken: usize,
    world: W,
    spacing: u64,
}

impl<W: World> History<W> {
    /// A history that begins with this world.
    pub fn new(world: W) -> History<W> {
        let start = Snapshot {
            position: 0,
            cost: 0,
            world: world.clone(),
        };
        let mut series = Series::new(1);
        series.note(0, 0, || world.count(0));
        let first = Branch {
            parent: None,
            from: 0,
            inputs: Vec::new(),
            records: Vec::new(),
            snapshots: vec![start],
            series,
            cost: 0,
        };
        History {
            branches: vec![first],
            current: 0,
            position: 0,
            taken: 0,
            world,
            spacing: FIRST_SPACING,
        }
    }

    /// The world as it is at the position.
    pub const fn world(&self) -> &W {
        &self.world
    }

    /// How many steps lie before.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// How many steps the current branch has.
    pub fn length(&self) -> u64 {
        self.length_of(self.current)
    }

    /// The current branch.
    pub const fn current(&self) -> usize {
        self.current
    }

    /// Every branch, the oldest first.
    pub fn branches(&self) -> impl Iterator<Item = BranchSummary<W::Input>> {
        self.branches
            .iter()
            .enumerate()
            .map(|(id, branch)| BranchSummary {
                id,
                parent: branch.parent,
                from: branch.from,
                length: self.length_of(id),
                first_input: branch.inputs.first().map(|(_, input)| input.clone()),
            })
    }

    /// The record of a step of the current branch, from 1.
    pub fn record(&self, step: u64) -> Option<Record> {
        let (branch, index) = self.locate(step)?;
        branch.records.get(index).copied()
    }

    /// The samples of the current branch, ascending.
    pub fn samples(&self) -> Vec<&Sample<W::Counted>> {
        let mut parts = Vec::new();
        let mut limit = u64::MAX;
        for branch in self.chain() {
            let samples = branch.series.samples();
            let count = samples.partition_point(|sample| sample.step <= limit);
            parts.push(samples.get(..count).unwrap_or_default());
            limit = limit.min(branch.from);
        }
        parts.into_iter().rev().flatten().collect()
    }

    /// The inputs of the current branch with their positions, in order.
    pub fn inputs(&self) -> Vec<(u64, W::Input)> {
        let mut parts: Vec<Vec<(u64, W::Input)>> = Vec::new();
        let mut before = u64::MAX;
        for branch in self.chain() {
            let own = branch.inputs.iter().filter(|(at, _)| *at < before);
            parts.push(own.cloned().collect());
            before = before.min(branch.from);
        }
        parts.reverse();
        parts.concat()
    }

    /// Whether an input waits at the end of the current branch.
    pub fn input_waits(&self) -> bool {
        self.position == self.length() && self.inputs_here() > self.taken
    }

    /// Gives an input at the position. In the past it opens a branch, and the old future stays.
    pub fn give(&mut self, input: W::Input) {
        if self.position < self.length() {
            self.branch_off();
        }
        let position = self.position;
        if let Some(branch) = self.branches.get_mut(self.current) {
            branch.inputs.retain(|(at, _)| *at <= position);
            branch.inputs.push((position, input));
        }
    }

    /// Gives inputs to be taken at their positions, in order, all of them at or after the end of what is known.
    pub fn schedule(&mut self, inputs: &[(u64, W::Input)]) {
        if let Some(branch) = self.branches.get_mut(self.current) {
            branch.inputs.extend_from_slice(inputs);
        }
    }

    /// Makes another branch the current one. The position stays where both are the same, else it
    /// becomes the point at which they part.
    pub fn select(&mut self, id: usize) -> bool {
        if id >= self.branches.len() {
            return false;
        }
        let common = self.common(id);
        self.seek(self.position.min(common));
        self.current = id;
        true
    }

    /// Goes one step on: into the known future, or beyond it. False when nothing can happen.
    pub fn forward(&mut self) -> bool {
        if self.position >= MOST_STEPS {
            return false;
        }
        self.take_inputs();
        let Some(record) = self.world.advance() else {
            return false;
        };
        if self.position == self.length() {
            self.remember(record);
        }
        self.position += 1;
        self.taken = 0;
        true
    }

    /// Goes to a position, at most the current branch's length.
    pub fn seek(&mut self, target: u64) {
        let target = target.min(self.length());
        if target == self.position {
            return;
        }
        // The last step is always run by itself, so that the world can tell of it.
        let before = target.saturating_sub(1);
        let start = self.nearest(before).map_or(0, |snapshot| snapshot.position);
        if !(start..=before).contains(&self.position) {
            self.world = self.replayed(before);
            self.position = before;
            self.taken = 0;
        }
        while self.position < target && self.forward() {}
    }

    /// The world as it was at an earlier position of the current branch.
    pub fn replayed(&self, target: u64) -> W {
        let (start, mut world) = match self.nearest(target) {
            Some(snapshot) => (snapshot.position, snapshot.world.clone()),
            None => (self.position, self.world.clone()),
        };
        self.replay(&mut world, start, target);
        world
    }

    /// Takes a world from one position to a later one.
    fn replay(&self, world: &mut W, from: u64, to: u64) {
        for position in from..to {
            for (_, input) in self.inputs_given_at(position) {
                world.take(input);
            }
            world.advance();
        }
    }

    fn length_of(&self, id: usize) -> u64 {
        self.branches
            .get(id)
            .map_or(0, |branch| branch.from + branch.records.len() as u64)
    }

    /// The current branch, its parent, and so on.
    fn chain(&self) -> impl Iterator<Item = &Branch<W>> {
        self.chain_of(self.current).map(|(_, branch)| branch)
    }

    /// A branch, its parent, and so on, with their numbers.
    fn chain_of(&self, id: usize) -> impl Iterator<Item = (usize, &Branch<W>)> {
        let numbered = |id: usize| Some((id, self.branches.get(id)?));
        std::iter::successors(numbered(id), move |(_, branch)| numbered(branch.parent?))
    }

    /// The branch that holds a step of the current one, and the step's place in its records.
    fn locate(&self, step: u64) -> Option<(&Branch<W>, usize)> {
        let index = step.checked_sub(1)?;
        let owner = self.chain().find(|branch| branch.from <= index)?;
        Some((owner, usize::try_from(index - owner.from).ok()?))
    }

    /// The last snapshot at or before a position of the current branch.
    fn nearest(&self, position: u64) -> Option<&Snapshot<W>> {
        let mut limit = position;
        for branch in self.chain() {
            let count = branch
                .snapshots
                .partition_point(|snapshot| snapshot.position <= limit);
            if let Some(snapshot) = count
                .checked_sub(1)
                .and_then(|last| branch.snapshots.get(last))
            {
                return Some(snapshot);
            }
            limit = limit.min(branch.from);
        }
        None
    }

    /// The inputs given at a position; those of a parent at the very point of parting do not count.
    fn inputs_given_at(&self, position: u64) -> &[(u64, W::Input)] {
        let branch = self.chain().find(|branch| branch.from <= position);
        branch.map_or(&[], |branch| inputs_at(branch, position))
    }

    fn inputs_here(&self) -> usize {
        self.inputs_given_at(self.position).len()
    }

    fn take_inputs(&mut self) {
        let given = self.inputs_given_at(self.position).iter();
        let waiting: Vec<W::Input> = given
            .skip(self.taken)
            .map(|(_, input)| input.clone())
            .collect();
        for input in &waiting {
            self.world.take(input);
        }
        self.taken += waiting.len();
    }

    fn branch_off(&mut self) {
        // The world must not have taken inputs of the future that is being left.
        if self.taken > 0 {
            self.world = self.replayed(self.position);
            self.taken = 0;
        }
        let position = self.position;
        let owner = self
            .chain_of(self.current)
            .find(|(_, branch)| branch.from < position);
        let branch = Branch {
            parent: Some(owner.map_or(0, |(number, _)| number)),
            from: self.position,
            inputs: Vec::new(),
            records: Vec::new(),
            snapshots: Vec::new(),
            series: Series::new(self.series_spacing()),
            cost: self.cost_at_position(),
        };
        self.current = self.branches.len();
        self.branches.push(branch);
    }

    fn series_spacing(&self) -> u64 {
        let branch = self.branches.get(self.current);
        branch.map_or(1, |branch| branch.series.spacing())
    }

    fn cost_at_position(&self) -> u64 {
        let Some(snapshot) = self.nearest(self.position) else {
            return 0;
        };
        let steps = snapshot.position + 1..=self.position;
        let since: u64 = steps
            .filter_map(|step| self.record(step))
            .map(|record| u64::from(record.cost))
            .sum();
        snapshot.cost + since
    }

    /// Where the current branch and another one part.
    pub fn common(&self, id: usize) -> u64 {
        let mine = self.limits(self.current);
        let meets = |(number, limit): &(usize, u64)| {
            let (_, other) = mine.iter().find(|(known, _)| known == number)?;
            Some(*other.min(limit))
        };
        self.limits(id).iter().find_map(meets).unwrap_or(0)
    }

    /// The branches that a branch goes through, and up to which position it shares each.
    fn limits(&self, id: usize) -> Vec<(usize, u64)> {
        let mut limit = u64::MAX;
        let shared = self.chain_of(id).map(|(number, branch)| {
            let upto = limit;
            limit = limit.min(branch.from);
            (number, upto)
        });
        shared.collect()
    }

    /// Keeps what came of a new step, and a snapshot of the state before it where one is due.
    fn remember(&mut self, record: Record) {
        let spacing = self.spacing;
        let position = self.position + 1;
        let Some(branch) = self.branches.get(self.current) else {
            return;
        };
        let cost = branch.cost + u64::from(record.cost.max(1));
        let last = self.nearest(position).map_or(0, |snapshot| snapshot.cost);
        let due = cost.saturating_sub(last) >= spacing;
        let snapshot = due.then(|| Snapshot {
            position,
            cost,
            world: self.world.clone(),
        });
        if let Some(branch) = self.branches.get_mut(self.current) {
            let world = &self.world;
            branch
                .series
                .note(position, world.burst(), || world.count(position));
            branch.records.push(record);
            branch.cost = cost;
            branch.snapshots.extend(snapshot);
        }
        if due
            && self
                .branches
                .iter()
                .map(|branch| branch.snapshots.len())
                .sum::<usize>()
                > MOST_SNAPSHOTS
        {
            self.thin();
        }
    }

    /// Doubles the distance between snapshots, and drops those that are too close.
    fn thin(&mut self) {
        self.spacing = self.spacing.saturating_mul(2);
        for branch in &mut self.branches {
            let mut kept = None;
            let spacing = self.spacing;
            branch.snapshots.retain(|snapshot| {
                let far = kept.is_none_or(|last| snapshot.cost >= last + spacing);
                if far {
                    kept = Some(snapshot.cost);
                }
                far
            });
        }
    }
}

/// The inputs that a branch got at a position.
fn inputs_at<W: World>(branch: &Branch<W>, position: u64) -> &[(u64, W::Input)] {
    let start = branch.inputs.partition_point(|(at, _)| *at < position);
    let rest = branch.inputs.get(start..).unwrap_or_default();
    let count = rest.partition_point(|(at, _)| *at == position);
    rest.get(..count).unwrap_or_default()
}

mod search;
#[cfg(test)]
mod tests;
