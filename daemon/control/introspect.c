/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: org.varlink.service, by which a generic client asks what there is.
 * Does not own: the methods; their signatures come from the manager's table.
 */
#include "daemon/control/introspect.h"

#include <string.h>

#include "common/base/buffer.h"

static const char service_description[] =
        "# The interface that every varlink service has\n"
        "interface org.varlink.service\n"
        "\n"
        "method GetInfo() -> (vendor: string, product: string, version: string, url: string, "
        "interfaces: []string)\n"
        "method GetInterfaceDescription(interface: string) -> (description: string)\n"
        "\n"
        "error InterfaceNotFound (interface: string)\n"
        "error MethodNotFound (method: string)\n"
        "error MethodNotImplemented (method: string)\n"
        "error InvalidParameter (parameter: string)\n"
        "error PermissionDenied ()\n"
        "error ExpectedMore ()\n";

static int describe_control(const struct control_method *methods, size_t n, char **ret)
{
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        buffer_puts(&out, "# What giad knows and what an operator may decide\n"
                          "interface " CONTROL_INTERFACE "\n\n");
        for (size_t i = 0; i < n; i++)
                buffer_printf(&out, "method %s%s\n", methods[i].name,
                              methods[i].signature ? methods[i].signature : "() -> ()");
        buffer_puts(&out, "\n"
                          "error NotFound (message: string)\n"
                          "error InvalidParameter (message: string)\n"
                          "error NotPossible (message: string)\n"
                          "error PermissionDenied (message: string)\n"
                          "error Failed (message: string)\n");
        return buffer_take(&out, ret);
}

static cJSON *object_with(const char *name, const char *value)
{
        cJSON *o = cJSON_CreateObject();

        if (o && cJSON_AddStringToObject(o, name, value))
                return o;
        cJSON_Delete(o);
        return NULL;
}

static cJSON *get_info(void)
{
        static const char *const interfaces[] = {INTROSPECT_INTERFACE, CONTROL_INTERFACE};
        cJSON *o = object_with("vendor", "giad"),
              *list = cJSON_CreateStringArray(interfaces, ELEMENTSOF(interfaces));

        if (o && list && cJSON_AddStringToObject(o, "product", "giad") &&
            cJSON_AddStringToObject(o, "version", PACKAGE_VERSION) &&
            cJSON_AddStringToObject(o, "url", "man:giad(8)") &&
            cJSON_AddItemToObject(o, "interfaces", list))
                return o;
        cJSON_Delete(list);
        cJSON_Delete(o);
        return NULL;
}

static int get_description(const cJSON *parameters, const struct control_method *methods, size_t n,
                           const char **ret_error, cJSON **ret)
{
        const cJSON *interface = cJSON_GetObjectItemCaseSensitive(parameters, "interface");
        _cleanup_free_ char *control = NULL;
        const char *text = NULL;

        if (!cJSON_IsString(interface)) {
                *ret_error = INTROSPECT_INTERFACE ".InvalidParameter";
                *ret = object_with("parameter", "interface");
                return *ret ? INTROSPECT_ERROR : -ENOMEM;
        }
        if (strcmp(interface->valuestring, INTROSPECT_INTERFACE) == 0) {
                text = service_description;
        } else if (strcmp(interface->valuestring, CONTROL_INTERFACE) == 0) {
                int r = describe_control(methods, n, &control);
                if (r < 0)
                        return r;
                text = control;
        } else {
                *ret_error = INTROSPECT_INTERFACE ".InterfaceNotFound";
                *ret = object_with("interface", interface->valuestring);
                return *ret ? INTROSPECT_ERROR : -ENOMEM;
        }
        *ret = object_with("description", text);
        return *ret ? 0 : -ENOMEM;
}

int introspect_call(const char *method, const cJSON *parameters,
                    const struct control_method *methods, size_t n_methods, const char **ret_error,
                    cJSON **ret_parameters)
{
        if (strcmp(method, "GetInfo") == 0) {
                *ret_parameters = get_info();
                return *ret_parameters ? 0 : -ENOMEM;
        }
        if (strcmp(method, "GetInterfaceDescription") == 0)
                return get_description(parameters, methods, n_methods, ret_error, ret_parameters);
        *ret_error = INTROSPECT_INTERFACE ".MethodNotFound";
        char name[256];
        (void)snprintf(name, sizeof(name), INTROSPECT_INTERFACE ".%.200s", method);
        *ret_parameters = object_with("method", name);
        return *ret_parameters ? INTROSPECT_ERROR : -ENOMEM;
}
