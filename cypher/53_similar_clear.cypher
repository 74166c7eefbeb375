// Delete the neighbours of these products, to make room for others.
// database: products
// parameters: model STRING, codes LIST<STRING>
// returns: nothing
// servers: >= 4.4
MATCH (state:HmrecStore {key: 'state'})
WHERE state.model = $model
UNWIND $codes AS code
MATCH (:Product {code: code})-[old:SIMILAR]->()
DELETE old
