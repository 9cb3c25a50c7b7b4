// what there is in Bicep
targetScope = 'subscription'
@description('who')
@secure()
@minLength(12)
param password string = 'It\'s \u{41}${x}'
@allowed([
  'a', 'b'
])
param kind 'a' | 'b' = 'a'
param t {
  a: string[]
}
type u =
  | 'a'
  | 'b'
func f(a string) string => '${a}'
var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
var text = '''
{"a": 1}
'''
var names = { a: [1, -2, null, true], 'b-c': kind == 'a' ? 'x' : 'y', ...t }
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  scope: subscription()
  name: owner
}
#disable-next-line no-hardcoded-location
resource assign 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (p, i) in ['a']: if (i == 0) {
  name: guid(subscription().id, p, role.id)
  properties: {
    roleDefinitionId: role.id
    other: resourceId('A.B/c', toLower(concat(names.a[0], names['b-c'])))
  }
}]
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = if (!empty(names) && true || false) {
  name: 'v${uniqueString(resourceGroup().id)}' /* one */
  resource secret 'secrets' = {
    name: 'db'
    properties: { value: password }
  }
}
module m 'br/public:avm/x:1' = {
  params: { roleDefinitionIdOrName: 'Owner' }
}
output id string = vault.properties.vaultUri
var guids = ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'b24988ac-6180-42a0-ab88-20f7382dd24c']
resource each 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (g, i) in guids: {
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${g}')
  }
}]
