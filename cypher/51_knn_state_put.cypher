// What the neighbours were computed from, written with the last of them.
// database: products
// parameters: revision INTEGER, products INTEGER, k INTEGER, approximate BOOLEAN
// returns: nothing
// servers: >= 4.4
MERGE (s:HmrecStore {key: 'state'})
ON CREATE SET s.model = '', s.revision = 0
SET s.knn_revision = $revision, s.knn_products = $products, s.knn_k = $k, s.knn_approximate = $approximate
