//! Arrow keys on the stage: from one item to the next in a direction, within its lane.

use super::shape::{Item, Rect};

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
    /// To the lane's first item.
    First,
    /// To the lane's last item.
    Last,
}

impl Arrow {
    /// The arrow of a key, by its name in keyboard events.
    pub fn of_key(key: &str) -> Option<Arrow> {
        Some(match key {
            "ArrowLeft" => Arrow::Left,
            "ArrowRight" => Arrow::Right,
            "ArrowUp" => Arrow::Up,
            "ArrowDown" => Arrow::Down,
            "Home" => Arrow::First,
            "End" => Arrow::Last,
            _ => return None,
        })
    }
}

/// The item that an arrow leads to from `from`: the nearest one in its direction, those straight
/// ahead before those aside; none at the edge.
pub fn next<'a>(
    items: impl Iterator<Item = &'a Item>,
    from: Rect,
    arrow: Arrow,
) -> Option<&'a Item> {
    let items = items.filter(|item| item.rect != from);
    match arrow {
        Arrow::First => items.min_by_key(|item| (item.rect.y, item.rect.x)),
        Arrow::Last => items.max_by_key(|item| (item.rect.y, item.rect.x)),
        _ => items
            .filter_map(|item| Some((distance(from, item.rect, arrow)?, item)))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, item)| item),
    }
}

/// How far `to` is in the arrow's direction, being aside weighing more; none if it is not ahead.
fn distance(from: Rect, to: Rect, arrow: Arrow) -> Option<i32> {
    let (a, b) = (from.middle(), to.middle());
    let (ahead, aside) = match arrow {
        Arrow::Left => (a.x - b.x, overlap_gap((from.y, from.h), (to.y, to.h))),
        Arrow::Right => (b.x - a.x, overlap_gap((from.y, from.h), (to.y, to.h))),
        Arrow::Up => (a.y - b.y, overlap_gap((from.x, from.w), (to.x, to.w))),
        _ => (b.y - a.y, overlap_gap((from.x, from.w), (to.x, to.w))),
    };
    let sideways = matches!(arrow, Arrow::Left | Arrow::Right);
    // Left and right keep to the row; up and down reach every row.
    (ahead > 0 && !(sideways && aside > 0)).then_some(ahead + aside * 2)
}

/// The gap between two stretches of an axis, 0 where they overlap.
fn overlap_gap((a, a_size): (i32, i32), (b, b_size): (i32, i32)) -> i32 {
    (b - (a + a_size)).max(a - (b + b_size)).max(0)
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Look, Target};
    use super::*;
    use view::{CellId, Pfn};

    fn grid() -> Vec<Item> {
        let item = |n: u32| {
            let (column, row) = (n % 3, n / 3);
            Item {
                target: Target::Cell(CellId::Frame(Pfn(n))),
                rect: Rect::new(column as i32 * 26, row as i32 * 26, 22, 22),
                look: Look::Area,
                label: String::new(),
            }
        };
        (0..8).map(item).collect()
    }

    fn go(from: usize, arrow: Arrow) -> Option<u32> {
        let items = grid();
        let found = next(items.iter(), items[from].rect, arrow)?;
        match found.target {
            Target::Cell(CellId::Frame(frame)) => Some(frame.0),
            _ => None,
        }
    }

    #[test]
    fn arrows_walk_a_grid() {
        assert_eq!(go(4, Arrow::Left), Some(3));
        assert_eq!(go(4, Arrow::Right), Some(5));
        assert_eq!(go(4, Arrow::Up), Some(1));
        assert_eq!(go(4, Arrow::Down), Some(7));
        assert_eq!(go(5, Arrow::Right), None);
        assert_eq!(go(5, Arrow::Down), Some(7));
        assert_eq!(go(3, Arrow::Last), Some(7));
        assert_eq!(go(3, Arrow::First), Some(0));
    }
}
