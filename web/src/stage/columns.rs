//! How the lanes share the stage's width: side by side where there is room, stacked where there is not.

use super::{Frame, Lane};

/// From the stage's top to the first lane's.
pub const TOP: i32 = 16;
/// From one lane to the lane below it.
pub const BELOW: i32 = 26;
const BETWEEN: i32 = 28;
const EDGE: i32 = 22;

/// Lanes one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Left edge.
    pub x: i32,
    /// Width.
    pub width: i32,
    /// The lanes, from the top.
    pub lanes: Vec<Lane>,
}

/// The columns for a width: the widest arrangement whose lanes all have room.
pub fn arrange(frame: &Frame) -> Vec<Column> {
    use Lane::{Cpu, Files, Ram, Spaces, Table};
    let arrangements: [&[&[Lane]]; 5] = [
        &[&[Cpu], &[Spaces], &[Table], &[Ram], &[Files]],
        &[&[Spaces], &[Table, Cpu], &[Ram], &[Files]],
        &[&[Spaces], &[Table, Cpu], &[Ram, Files]],
        &[&[Spaces], &[Table, Cpu, Ram, Files]],
        &[&[Spaces, Table, Cpu, Ram, Files]],
    ];
    let shown = arrangements.map(|columns| {
        let lanes = columns.iter().map(|lanes| {
            let shown = lanes.iter().filter(|lane| !frame.folded.contains(lane));
            shown.copied().collect::<Vec<Lane>>()
        });
        lanes.filter(|lanes| !lanes.is_empty()).collect::<Vec<_>>()
    });
    let fits = |columns: &&Vec<Vec<Lane>>| least_width(columns) <= frame.width;
    let chosen = shown.iter().find(fits).or(shown.last());
    chosen.map_or_else(Vec::new, |columns| share(columns, frame.width))
}

/// The least width of a lane, and its part of the width that is left.
const fn width(lane: Lane) -> (i32, i32) {
    match lane {
        Lane::Cpu | Lane::Whole => (170, 1),
        Lane::Spaces => (206, 6),
        Lane::Table => (188, 2),
        Lane::Ram => (132, 6),
        Lane::Files => (150, 4),
    }
}

fn column_width(lanes: &[Lane]) -> (i32, i32) {
    let widths = lanes.iter().map(|&lane| width(lane));
    widths.fold((0, 0), |(least, part), (l, p)| (least.max(l), part.max(p)))
}

fn least_width(columns: &[Vec<Lane>]) -> i32 {
    let widths: i32 = columns.iter().map(|lanes| column_width(lanes).0).sum();
    let count = i32::try_from(columns.len()).unwrap_or(1);
    widths + 2 * EDGE + (count - 1).max(0) * BETWEEN
}

fn share(columns: &[Vec<Lane>], total: i32) -> Vec<Column> {
    let edge = if total < 400 { 16 } else { EDGE };
    let parts: i32 = columns.iter().map(|lanes| column_width(lanes).1).sum();
    let spare = (total - 2 * edge - (least_width(columns) - 2 * EDGE)).max(0);
    let mut x = edge;
    let place = |lanes: &Vec<Lane>| {
        let (least, part) = column_width(lanes);
        let single = columns.len() == 1;
        let width = match single {
            true => total - 2 * edge,
            false => least + spare * part / parts.max(1),
        };
        let column = Column {
            x,
            width,
            lanes: lanes.clone(),
        };
        x += width + BETWEEN;
        column
    };
    columns.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(width: i32) -> Vec<usize> {
        let frame = Frame {
            width,
            folded: [].into(),
            coarse: false,
        };
        let columns = arrange(&frame);
        assert!(columns.iter().all(|c| c.x + c.width <= width.max(300)));
        columns.iter().map(|c| c.lanes.len()).collect()
    }

    #[test]
    fn narrow_stages_stack() {
        assert_eq!(columns(1400), [1, 1, 1, 1, 1]);
        assert_eq!(columns(804), [1, 2, 1, 1]);
        assert_eq!(columns(644), [1, 2, 2]);
        assert_eq!(columns(500), [1, 4]);
        assert_eq!(columns(320), [5]);
    }

    #[test]
    fn folded_lanes_leave_their_room() {
        let frame = Frame {
            width: 804,
            folded: [Lane::Cpu, Lane::Table].into(),
            coarse: false,
        };
        let lanes: Vec<_> = arrange(&frame).into_iter().map(|c| c.lanes).collect();
        assert_eq!(lanes, [[Lane::Spaces], [Lane::Ram], [Lane::Files]]);
    }
}
