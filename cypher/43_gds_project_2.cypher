// Project the products with their embeddings, as GDS 2.x calls it. Every product must have an embedding.
// database: products
// parameters: graph STRING
// returns: nodes INTEGER
// servers: >= 4.4
// plugin: GDS >= 2
CALL gds.graph.project($graph, {Product: {label: 'Product', properties: 'embedding'}}, '*') YIELD nodeCount
RETURN nodeCount AS nodes
