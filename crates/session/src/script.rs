//! A program without `main`, cut into its statements: each is given to the console when its turn comes, so that a
//! person may type others in between.

use std::rc::Rc;

use minic::source::{Source, Span};
use minic::typed::{Program, StmtKind};

/// The statements of a program, in order.
#[derive(Clone, Debug, Default)]
pub struct Script {
    units: Vec<Unit>,
}

/// One top-level statement, with what stands between it and the next.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its text.
    pub text: Rc<str>,
    /// Where it begins in the program, in bytes.
    pub start: u32,
    /// The statement itself within the program.
    pub span: Span,
}

impl Script {
    /// The statements of a checked program; none of one with `main`.
    pub fn of(program: &Program, text: &str) -> Option<Script> {
        let entry = program.functions.get(program.entry.index())?;
        if !entry.is_implicit {
            return None;
        }
        let statements = &entry.body.statements;
        let mut spans: Vec<Span> = statements.iter().map(|statement| statement.span).collect();
        let jumps = statements
            .iter()
            .any(|statement| matches!(statement.kind, StmtKind::Label(_)));
        let ascending = spans.is_sorted_by_key(|span| span.start);
        if jumps || !ascending {
            spans.truncate(1);
        }
        spans.dedup_by_key(|span| span.start);
        let starts = spans.iter().skip(1).map(|span| span.start);
        let ends = starts.chain([text.len() as u32]);
        let mut start = 0;
        let units = spans.iter().zip(ends).filter_map(|(span, end)| {
            let unit = Unit {
                text: text.get(start as usize..end as usize)?.into(),
                start,
                span: *span,
            };
            start = end;
            Some(unit)
        });
        let mut units: Vec<Unit> = units.collect();
        if units.is_empty() {
            units.push(Unit {
                text: text.into(),
                start: 0,
                span: Span::default(),
            });
        }
        Some(Script { units })
    }

    /// The statement of this number, from 0.
    pub fn unit(&self, number: usize) -> Option<&Unit> {
        self.units.get(number)
    }

    /// Where a piece of a unit's own text lies in the program; `likely` is the unit that runs.
    pub fn in_program(&self, source: &Source, span: Span, likely: usize) -> Option<Span> {
        let same = |unit: &&Unit| *unit.text == *source.text();
        let unit = self
            .units
            .get(likely)
            .filter(same)
            .or_else(|| self.units.iter().find(same))?;
        Some(Span::new(
            unit.start.saturating_add(span.start),
            unit.start.saturating_add(span.end),
        ))
    }
}
