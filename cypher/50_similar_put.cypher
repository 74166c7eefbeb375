// The neighbours of these products, after 53_similar_clear in the same transaction: a reader sees the old ones or the new ones, never none.
// No edge is made when another model has become current meanwhile.
// database: products
// parameters: model STRING, rows LIST<MAP>
// returns: count INTEGER
// servers: >= 4.4
MATCH (state:HmrecStore {key: 'state'})
WHERE state.model = $model
UNWIND $rows AS row
MATCH (p:Product {code: row.code})
UNWIND range(0, size(row.codes) - 1) AS i
MATCH (q:Product {code: row.codes[i]})
CREATE (p)-[:SIMILAR {score: row.scores[i]}]->(q)
RETURN count(*) AS count
