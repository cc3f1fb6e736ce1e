//! Properties of the graph.
